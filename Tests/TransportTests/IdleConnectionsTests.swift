import Testing

@testable import Transport

@Suite struct IdleConnectionsTests {
  /// A connection that is idle since a moment until it is closed.
  private final class Idle: ServerConnection {
    var idleSince: ContinuousClock.Instant?
    var hasServed = true
    private(set) var isClosed = false
    let peer = Peer.unknown
    let memory = 0
    let isSlow = false

    init(since: ContinuousClock.Instant) { idleSince = since }

    func makeRoom() {
      isClosed = true
      idleSince = nil
    }

    func goOn() {}
    func wake() {}
    func tick(now: ContinuousClock.Instant) {}
    func shutDown() {}
    func abort() {}
    func shed() {}
  }

  private let start = ContinuousClock.now

  @Test func `the longest idle connection gives way first, and one that is busy again does not`() {
    let connections = (0..<5).map { Idle(since: start + .milliseconds($0 * 10)) }
    var idle = IdleConnections()
    let now = start + .seconds(5)
    func makeRoom() -> Bool {
      idle.makeRoom(now: now) { connections.reversed().map { ($0.idleSince!, $0) } }
    }
    #expect(makeRoom() && connections.map(\.isClosed) == [true, false, false, false, false])
    connections[1].idleSince = nil
    connections[2].idleSince = now
    #expect(makeRoom() && connections.map(\.isClosed) == [true, false, false, true, false])
    #expect(makeRoom() && connections[4].isClosed)
    #expect(!makeRoom() && !connections[1].isClosed && !connections[2].isClosed)
  }

  @Test func `a connection that had a request gives way later than one that never had`() {
    let connection = Idle(since: start)
    #expect(IdleConnections.leastTime(connection) == .seconds(1))
    connection.hasServed = false
    #expect(IdleConnections.leastTime(connection) < .seconds(1))
  }

  @Test func `a flood at the limit does not look at all connections each time`() {
    var idle = IdleConnections()
    var looks = 0
    for number in 0..<1_000 {
      _ = idle.makeRoom(now: start + .milliseconds(number)) {
        looks += 1
        return []
      }
    }
    #expect(looks == 20)
  }
}

import Testing

@testable import Transport

@Suite struct IdleConnectionsTests {
  /// A connection that is idle since a moment until it is closed.
  private final class Idle: ServerConnection {
    var idleSince: Int?
    var isNew = false
    private(set) var isClosed = false
    let peer = Peer.unknown
    let memory = 0
    let isSlow = false

    init(since: Int) { idleSince = since }

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

  @Test func `the longest idle connection gives way first, and one that is busy again does not`() {
    let connections = (0..<5).map { Idle(since: $0 * 10) }
    var idle = IdleConnections()
    let now = 5_000
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

  @Test func `a connection that is idle for a moment does not give way`() {
    let connection = Idle(since: 0)
    var idle = IdleConnections()
    let all: [(since: Int, connection: any ServerConnection)] = [(0, connection)]
    let early = idle.makeRoom(now: 40) { all }
    let late = idle.makeRoom(now: 100) { all }
    #expect(!early && late && connection.isClosed)
  }

  @Test func `a connection that never had a request gives way at once, before those that had one`() {
    let (served, new) = (Idle(since: 0), Idle(since: 4_990))
    new.isNew = true
    var idle = IdleConnections()
    let all: [(since: Int, connection: any ServerConnection)] = [(0, served), (4_990, new)]
    let first = idle.makeRoom(now: 5_000) { all }
    #expect(first && new.isClosed && !served.isClosed)
  }

  @Test func `a flood at the limit does not look at all connections each time`() {
    var idle = IdleConnections()
    var looks = 0
    for number in 0..<1_000 {
      _ = idle.makeRoom(now: number) {
        looks += 1
        return []
      }
    }
    #expect(looks == 100)
  }
}

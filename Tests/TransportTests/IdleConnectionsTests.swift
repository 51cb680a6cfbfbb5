import Testing

@testable import Transport

@Suite struct IdleConnectionsTests {
  /// A connection that is idle since a moment until it is closed.
  private final class Idle: ServerConnection {
    var idleSince: Int?
    var isNew = false
    private(set) var isClosed = false
    let peer: Peer
    let place = ConnectionTable.Place.usual
    let memory = 0
    let isSlow = false

    init(since: Int, peer id: UInt64 = 0) { (idleSince, peer) = (since, Peer(id: id, isLoopback: true)) }

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

  /// Makes room for a newcomer whose peer, and the others, have so many connections.
  private func makeRoom(
    _ idle: inout IdleConnections, now: Int, held: Int? = nil, others: [UInt64: Int] = [:],
    _ all: () -> [any ServerConnection]
  ) -> Bool {
    idle.makeRoom(for: .init(now: now, held: held), held: { others[$0.id] }) {
      all().compactMap { connection in connection.idleSince.map { ($0, connection) } }
    }
  }

  @Test func `the longest idle connection gives way first, and one that is busy again does not`() {
    let connections = (0..<5).map { Idle(since: $0 * 10) }
    var idle = IdleConnections(pause: 10)
    let now = 5_000
    func makeRoom() -> Bool { self.makeRoom(&idle, now: now) { connections.reversed() } }
    #expect(makeRoom() && connections.map(\.isClosed) == [true, false, false, false, false])
    connections[1].idleSince = nil
    connections[2].idleSince = now
    #expect(makeRoom() && connections.map(\.isClosed) == [true, false, false, true, false])
    #expect(makeRoom() && connections[4].isClosed)
    #expect(!makeRoom() && !connections[1].isClosed && !connections[2].isClosed)
  }

  @Test func `a connection that is idle for a moment does not give way`() {
    let connection = Idle(since: 0)
    var idle = IdleConnections(pause: 10)
    let early = makeRoom(&idle, now: 40) { [connection] }
    let late = makeRoom(&idle, now: 100) { [connection] }
    #expect(!early && late && connection.isClosed)
  }

  @Test func `a connection that never had a request gives way at once, before those that had one`() {
    let (served, new) = (Idle(since: 0), Idle(since: 4_990))
    new.isNew = true
    var idle = IdleConnections(pause: 10)
    let first = makeRoom(&idle, now: 5_000) { [served, new] }
    #expect(first && new.isClosed && !served.isClosed)
  }

  @Test func `the connections of a peer that has more give way at once to a peer that has few`() {
    let connections = [Idle(since: 0, peer: 2), Idle(since: 4_990, peer: 1), Idle(since: 4_980, peer: 1)]
    var idle = IdleConnections(pause: 0)
    #expect(makeRoom(&idle, now: 5_000, held: 0, others: [1: 40, 2: 1]) { connections })
    #expect(connections.map(\.isClosed) == [false, false, true], "the longest idle of the peer with more")
    var others = IdleConnections(pause: 0)
    let isAlike = makeRoom(&others, now: 5_000, held: 39, others: [1: 40]) { [connections[1]] }
    #expect(!isAlike && !connections[1].isClosed)
  }

  @Test func `a flood of one peer ends no connection of another that has just begun`() {
    let (mine, other) = (Idle(since: 4_900, peer: 1), Idle(since: 4_950, peer: 2))
    other.isNew = true
    var idle = IdleConnections(pause: 0)
    let held: [UInt64: Int] = [1: 40, 2: 1]
    #expect(makeRoom(&idle, now: 5_000, held: 40, others: held) { [mine, other] } && mine.isClosed)
    #expect(!makeRoom(&idle, now: 5_000, held: 40, others: held) { [other] } && !other.isClosed)
    #expect(makeRoom(&idle, now: 5_050, held: 40, others: held) { [other] } && other.isClosed, "it has had its time")
  }

  @Test func `a flood at the limit does not look at all connections each time`() {
    var idle = IdleConnections(pause: 10)
    var looks = 0
    for number in 0..<1_000 {
      _ = makeRoom(&idle, now: number) {
        looks += 1
        return []
      }
    }
    #expect(looks == 100)
  }
}

/// The connections that give way to new ones: those that never had a request first, then the longest idle.
///
/// It looks at all connections seldom: a flood of connections at the limit would spend the event loop's time on that.
struct IdleConnections {
  /// A new connection, for which another gives way.
  struct Newcomer {
    /// The present time, by the loop's milliseconds.
    var now: Int
    /// The number of connections that its peer has; nil: the peer is exempt from limits of its own.
    var held: Int?
  }

  /// After this time, in milliseconds, a connection gives way to any other.
  private static let leastTime = 100
  private static let limit = 64

  /// The least time between two looks at all connections, in milliseconds.
  private let pause: Int
  /// The last gives way first.
  private var found: [(since: Int, connection: any ServerConnection)] = []
  private var lastLook: Int?

  init(pause: Int) {
    self.pause = pause
  }

  /// Closes an idle connection: of a peer that has more connections than the newcomer's, else of one that has as many,
  /// else of any. Returns false when none may give way.
  ///
  /// - Parameters:
  ///   - held: the number of connections that a peer has; nil: it is exempt from limits of its own.
  ///   - all: the idle connections, and the times since which they are.
  mutating func makeRoom(
    for newcomer: Newcomer, held: (Peer) -> Int?, _ all: () -> [(since: Int, connection: any ServerConnection)]
  ) -> Bool {
    if close(for: newcomer, held) { return true }
    if let lastLook, newcomer.now - lastLook < pause { return false }
    lastLook = newcomer.now
    let order = all().sorted { first, second in
      if first.connection.isNew != second.connection.isNew { return first.connection.isNew }
      return first.since < second.since
    }
    found = order.prefix(Self.limit).reversed()
    return close(for: newcomer, held)
  }

  /// Closes one of the connections that the last look found.
  private mutating func close(for newcomer: Newcomer, _ held: (Peer) -> Int?) -> Bool {
    // It may have had a request meanwhile.
    found.removeAll { $0.connection.idleSince != $0.since }
    var best: (index: Int, rank: Int)?
    // A flood has one peer: its number is looked up once.
    var (peer, more) = (Peer.unknown, 0)
    for index in found.indices.reversed() {
      let (since, connection) = found[index]
      if connection.peer != peer {
        peer = connection.peer
        // Peers that are exempt count as equal.
        more = held(peer).flatMap { held in newcomer.held.map { held - $0 } } ?? 0
      }
      // A peer with more connections gives way at once, and one with fewer keeps a connection that is about to begin.
      guard newcomer.now - since >= Self.leastTime || more > 1 || (connection.isNew && more >= 0) else { continue }
      let rank = more > 1 ? 2 : more >= 0 ? 1 : 0
      if rank > best?.rank ?? .min { best = (index, rank) }
    }
    guard let best else { return false }
    found.remove(at: best.index).connection.makeRoom()
    return true
  }
}

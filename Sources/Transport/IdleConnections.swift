/// The connections that give way to new ones, the longest idle first. It looks at all connections seldom: a flood of
/// connections at the limit would spend the event loop's time on that.
struct IdleConnections {
  typealias Instant = ContinuousClock.Instant

  /// The time after which a connection gives way. The clock of one that has had requests moves in steps of a second.
  static func leastTime(_ connection: any ServerConnection) -> Duration {
    connection.hasServed ? .seconds(1) : .milliseconds(100)
  }

  private static let leastPause = Duration.milliseconds(50)
  private static let limit = 64

  /// The last is idle for the longest time.
  private var found: [(since: Instant, connection: any ServerConnection)] = []
  private var lastLook: Instant?

  /// Closes the connection that is idle for the longest time. Returns false when there is none.
  ///
  /// - Parameter all: the connections that are idle for long enough, and the times since which they are.
  mutating func makeRoom(now: Instant, _ all: () -> [(since: Instant, connection: any ServerConnection)]) -> Bool {
    if found.isEmpty {
      if let lastLook, now - lastLook < Self.leastPause { return false }
      lastLook = now
      found = all().sorted { $0.since < $1.since }.prefix(Self.limit).reversed()
    }
    while let (since, connection) = found.popLast() {
      // It may have had a request meanwhile.
      guard connection.idleSince == since else { continue }
      connection.makeRoom()
      return true
    }
    return false
  }
}

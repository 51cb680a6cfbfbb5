/// The connections that give way to new ones, the longest idle first. It looks at all connections seldom: a flood of
/// connections at the limit would spend the event loop's time on that.
struct IdleConnections {
  typealias Instant = ContinuousClock.Instant

  /// A connection gives way after this time.
  private static let leastTime = Duration.seconds(1)
  private static let leastPause = Duration.milliseconds(50)
  private static let limit = 64

  /// The last is idle for the longest time.
  private var found: [(since: Instant, connection: any ServerConnection)] = []
  private var lastLook: Instant?

  /// Closes the connection that is idle for the longest time. Returns false when none is idle for a second.
  ///
  /// - Parameter all: the idle connections and the times since which they are.
  mutating func makeRoom(now: Instant, _ all: () -> [(since: Instant, connection: any ServerConnection)]) -> Bool {
    if found.isEmpty {
      if let lastLook, now - lastLook < Self.leastPause { return false }
      lastLook = now
      let idle = all().filter { now - $0.since >= Self.leastTime }
      found = idle.sorted { $0.since < $1.since }.prefix(Self.limit).reversed()
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

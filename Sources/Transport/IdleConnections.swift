/// The connections that give way to new ones: those that never had a request first, then the longest idle. It looks at all connections seldom: a flood of
/// connections at the limit would spend the event loop's time on that.
struct IdleConnections {
  /// A connection that has had a request gives way after this time, in milliseconds; a new one at once.
  private static let leastTime = 100
  private static let leastPause = 10
  private static let limit = 64

  /// The last is idle for the longest time.
  private var found: [(since: Int, connection: any ServerConnection)] = []
  private var lastLook: Int?

  /// Closes the connection that is idle for the longest time. Returns false when none is idle for 0.1 s.
  ///
  /// - Parameter all: the idle connections, and the times since which they are.
  mutating func makeRoom(now: Int, _ all: () -> [(since: Int, connection: any ServerConnection)]) -> Bool {
    if found.isEmpty {
      if let lastLook, now - lastLook < Self.leastPause { return false }
      lastLook = now
      let idle = all().filter { $0.connection.isNew || now - $0.since >= Self.leastTime }
      let order = idle.sorted { first, second in
        if first.connection.isNew != second.connection.isNew { return first.connection.isNew }
        return first.since < second.since
      }
      found = order.prefix(Self.limit).reversed()
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

internal import HTTP

/// How many connections clients may have, so that files remain for probes, for the store and for operators.
struct ConnectionBudget: Hashable {
  /// The fewest connections of clients with which a server starts.
  static let leastConnections = 8

  /// The limits, with `connections` and `reservedConnections` lowered to what fits.
  let limits: Limits
  /// Whether a limit is lower than the settings say.
  let isLowered: Bool

  /// `openFiles` is the number of files and sockets that the process may open. Throws `CommandError` when too few
  /// connections would remain.
  init(_ limits: Limits, openFiles: Int) throws {
    let own = max(32, min(1_024, openFiles / 4))
    let rest = max(openFiles - own, 0)
    var fitting = limits
    fitting[.reservedConnections] = min(limits[.reservedConnections], rest / 2)
    let clients = rest - fitting[.reservedConnections]
    guard clients >= Self.leastConnections else {
      throw CommandError(
        "this process may open \(openFiles) files: \(clients) connections of clients would remain, and "
          + "\(Self.leastConnections) are the least; raise the limit (ulimit -n)")
    }
    fitting[.connections] = min(limits[.connections], clients)
    self.limits = fitting
    isLowered = fitting != limits
  }
}

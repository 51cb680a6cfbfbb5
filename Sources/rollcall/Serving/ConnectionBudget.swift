internal import HTTP

/// How many connections clients and probes may have, so that files remain for the store and for operators, and neither
/// clients nor engines take the other's.
struct ConnectionBudget: Hashable {
  /// The fewest connections of clients with which a server starts.
  static let leastConnections = 8
  /// The fewest probes at once.
  static let leastProbes = 8

  /// The limits, with `connections` and `reservedConnections` lowered to what fits.
  let limits: Limits
  /// The largest number of probes at once.
  let probes: Int
  /// Whether a limit is lower than the settings say.
  let isLowered: Bool

  /// `openFiles` is the number of files and sockets that the process may open, `ownFiles` the number that it needs beside
  /// connections. Throws `CommandError` when too few connections would remain.
  init(_ limits: Limits, openFiles: Int, ownFiles: Int = 24) throws {
    let own = max(ownFiles + Self.leastProbes, min(1_024, openFiles / 4))
    probes = own - ownFiles
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

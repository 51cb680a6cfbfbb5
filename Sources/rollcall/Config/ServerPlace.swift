internal import HTTP

/// The server that a command calls.
struct ServerPlace: Hashable, CustomStringConvertible {
  var address: HostPort
  /// nil: without TLS.
  var tls: ClientTLS?

  var description: String { tls == nil ? "\(address)" : "https://\(address)" }
}

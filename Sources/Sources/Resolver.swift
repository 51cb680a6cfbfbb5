/// Resolves names to addresses.
protocol Resolver: Sendable {
  /// The addresses of a name, IPv6 addresses without brackets.
  func addresses(of name: String) async -> Resolved<String>
  /// The hosts and ports of a service (SRV records, RFC 2782), such as `_http._tcp.vllm.svc`.
  func services(of name: String) async -> Resolved<ServiceRecord>
}

/// The result of a query.
enum Resolved<Record: Sendable & Hashable>: Sendable, Hashable {
  case records([Record])
  /// The name does not exist, or has none of these records. This is an answer, and may be a wrong answer.
  case none
  /// No name server answered; the text is the reason, for the operator.
  case failed(String)
}

/// An SRV record without its priority and weight, because every target is an engine.
struct ServiceRecord: Sendable, Hashable {
  var host: String
  var port: Int
}

/// What turns names into addresses.
protocol Resolver: Sendable {
  /// Addresses of a name, IPv6 ones without brackets.
  func addresses(of name: String) async -> Resolved<String>
  /// Hosts and ports of a service (RFC 2782), such as `_http._tcp.vllm.svc`.
  func services(of name: String) async -> Resolved<ServiceRecord>
}

/// What came of asking.
enum Resolved<Record: Sendable & Hashable>: Sendable, Hashable {
  case records([Record])
  /// There is no such name, or it has none of these records: an answer, and perhaps a wrong one.
  case none
  /// Nobody answered, for people.
  case failed(String)
}

/// An SRV record without priority and weight: every target is an engine.
struct ServiceRecord: Sendable, Hashable {
  var host: String
  var port: Int
}

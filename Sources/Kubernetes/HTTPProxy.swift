import Fleet
import Foundation

/// An HTTP proxy before an API server, from `proxy-url` of a kubeconfig or from the environment.
struct HTTPProxy: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address; an IPv6 address is without brackets.
  let host: String
  let port: Int
  /// The value of the `proxy-authorization` header; nil: the proxy gets no such header.
  let authorization: String?

  /// For logs and errors; never holds the credentials.
  var description: String { "the proxy \(host.contains(":") ? "[\(host)]" : host):\(port)" }

  /// Reads `http://USER:PASSWORD@HOST:PORT`, of which only the host is required. `name` is the setting that the errors
  /// name; the errors never hold the credentials.
  init(_ text: String, from name: String) throws(KubeError) {
    let hasScheme = text.contains("://")
    guard let url = URLComponents(string: hasScheme ? text : "http://\(text)"), let host = url.host, !host.isEmpty
    else {
      throw KubeError("\(name) is not the URL of a proxy: write http://HOST:PORT")
    }
    let scheme = url.scheme?.lowercased() ?? ""
    guard scheme == "http" else {
      throw KubeError("\(name) names a proxy of the kind \(scheme), which is not supported: it must be http")
    }
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    guard let port = UInt16(exactly: url.port ?? 80), port > 0 else {
      throw KubeError("\(name) has a port that is no number from 1 to 65535")
    }
    self.port = Int(port)
    authorization = url.user.map { user in
      "Basic \(Data("\(user):\(url.password ?? "")".utf8).base64EncodedString())"
    }
  }

  /// The proxy that the environment sets for an API server; nil: none. The rules are those of Go's `net/http`: the
  /// scheme of the URL selects `HTTPS_PROXY` or `HTTP_PROXY`, in upper or lower case. Hosts in `NO_PROXY` and on
  /// loopback need no proxy.
  static func configured(in environment: [String: String], for url: EngineURL) throws(KubeError) -> HTTPProxy? {
    func first(_ name: String) -> (name: String, value: String)? {
      [name, name.lowercased()].lazy.compactMap { name in environment[name].map { (name, $0) } }.first { !$0.1.isEmpty }
    }
    guard let (name, value) = first(url.scheme == "https" ? "HTTPS_PROXY" : "HTTP_PROXY") else { return nil }
    let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
    guard !ProxyExemption.isLoopback(host) else { return nil }
    let exemptions = (first("NO_PROXY")?.value ?? "").split(separator: ",").map { ProxyExemption($0) }
    guard !exemptions.contains(where: { $0.covers(host, port: url.port) }) else { return nil }
    return try HTTPProxy(value, from: name)
  }
}

/// One entry of `NO_PROXY`: `*`, an address, a network such as `10.0.0.0/8`, or a name, which also covers the names
/// below it. A name or an address may have a port.
struct ProxyExemption {
  private let name: String
  private let port: Int?
  private let network: IPNetwork?

  init(_ text: some StringProtocol) {
    let entry = text.trimmingCharacters(in: .whitespaces).lowercased()
    network = IPNetwork(entry)
    var name = entry[...]
    var port: Int?
    let isBareIPv6 = !entry.hasPrefix("[") && entry.count(where: { $0 == ":" }) > 1
    if !isBareIPv6, let colon = entry.lastIndex(of: ":"), let number = Int(entry[entry.index(after: colon)...]) {
      name = entry[..<colon]
      port = number
    }
    if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
    if name.hasPrefix("*.") { name = name.dropFirst() }
    self.name = String(name)
    self.port = port
  }

  /// Whether a server at `host` needs no proxy. `host` is in lower case and without brackets.
  func covers(_ host: String, port: Int) -> Bool {
    if name == "*" { return true }
    if let network { return IPAddress(host).map { network.contains($0) } ?? false }
    guard !name.isEmpty, self.port.map({ $0 == port }) ?? true else { return false }
    if let address = IPAddress(name) { return IPAddress(host) == address }
    if name.hasPrefix(".") { return host.hasSuffix(name) }
    return host == name || host.hasSuffix(".\(name)")
  }

  static func isLoopback(_ host: String) -> Bool {
    guard let address = IPAddress(host) else { return host == "localhost" }
    return address.bytes.count == 4 ? address.bytes[0] == 127 : address == IPAddress("::1")
  }
}

/// The address at which a server listens or is reached: `127.0.0.1:8080`, `[::1]:8080`, `rollcall.internal:8080`.
struct HostPort: Hashable, CustomStringConvertible {
  /// A name or an address; an IPv6 address is without brackets.
  var host: String
  var port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads an address, or a URL of one of these schemes without a path. Throws `CommandError`.
  init(_ text: String, schemes: [String] = ["http"]) throws {
    var rest = text[...]
    if let scheme = schemes.first(where: { rest.hasPrefix("\($0)://") }) { rest = rest.dropFirst(scheme.count + 3) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
      throw CommandError("\"\(text)\" is no address: write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    }
    var host = rest[..<colon]
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard !host.isEmpty, isBracketed == host.contains(":"), !host.contains("/"), !host.contains(" ") else {
      throw CommandError("\"\(text)\" is no address: write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080")
    }
    self.host = String(host)
    self.port = Int(port)
  }

  var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

import NIOCore
import NIOSSL

/// The name or the address that the certificate of a server must bear. Only the alternative names of a certificate
/// count.
struct HostIdentity: Hashable, Sendable {
  /// As people write it, for errors.
  let shown: String
  /// The name to send before the handshake (RFC 6066, section 3: an address is none); nil: an address.
  let name: String?
  private let address: SocketAddress?

  /// `host`: in brackets if it is an IPv6 address.
  init(_ host: String) {
    shown = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host.lowercased()
    address = try? SocketAddress(ipAddress: shown, port: 0)
    name = address == nil ? shown : nil
  }

  /// - Parameter wildcards: whether a `*` in the certificate counts.
  func matches(_ certificate: NIOSSLCertificate, wildcards: Bool = true) -> Bool {
    certificate._subjectAlternativeNames().contains { alternative in
      switch (alternative.nameType, address) {
      case (.dnsName, nil):
        Self.covers(
          String(decoding: alternative.contents, as: UTF8.self).lowercased(), shown, wildcards: wildcards)
      case (.ipAddress, let address?):
        (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: alternative.contents), port: 0)) == address
      default: false
      }
    }
  }

  /// Whether a name of a certificate covers a host's name. A `*` stands for exactly the first label (RFC 6125, section
  /// 6.4.3).
  private static func covers(_ pattern: String, _ host: String, wildcards: Bool) -> Bool {
    let host = host.hasSuffix(".") ? host.dropLast() : host[...]
    guard pattern.hasPrefix("*.") else { return !host.isEmpty && host == pattern }
    guard wildcards else { return false }
    guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
    return host[dot...] == pattern.dropFirst()
  }
}

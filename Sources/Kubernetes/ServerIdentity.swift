import NIOCore
import NIOSSL

/// The name or the address that the certificate of a server must bear.
///
/// NIOSSL accepts a certificate that bears the address of the connection, whatever the name is, and behind a proxy that
/// is the proxy's address. So NIOSSL checks only the chain of certificates, and this the name.
struct ServerIdentity: Hashable, Sendable {
  private let host: String
  /// nil: the host is a name.
  private let address: IPAddress?

  /// `host`: a name or an address without brackets.
  init(_ host: String) {
    self.host = host.lowercased()
    address = IPAddress(host)
  }

  /// Makes the TLS handler of a connection. Where `isVerified`, it ends a connection to a server of another identity.
  func handler(_ context: NIOSSLContext, isVerified: Bool) throws -> NIOSSLClientHandler {
    // An address cannot choose among the certificates of a server (RFC 6066, section 3).
    let name = address == nil ? host : nil
    guard isVerified else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
    return try ._makeSSLClientHandler(context: context, serverHostname: name) { certificate, channel in
      matches(certificate)
        ? channel.eventLoop.makeSucceededVoidFuture()
        : channel.eventLoop.makeFailedFuture(
          KubeError("no TLS connection: the certificate of the server is not valid for \(host)"))
    }
  }

  /// Only the alternative names of a certificate count, as for kubectl.
  private func matches(_ certificate: NIOSSLCertificate) -> Bool {
    certificate._subjectAlternativeNames().contains { name in
      switch name.nameType {
      case .dnsName: address == nil && Self.covers(String(decoding: name.contents, as: UTF8.self).lowercased(), host)
      case .ipAddress: address.map { name.contents.elementsEqual($0.bytes) } ?? false
      default: false
      }
    }
  }

  /// Whether a name of a certificate covers the name of a server. A `*` stands for exactly the first label (RFC 6125,
  /// section 6.4.3).
  static func covers(_ pattern: String, _ name: String) -> Bool {
    let name = name.hasSuffix(".") ? name.dropLast() : name[...]
    guard pattern.hasPrefix("*.") else { return !name.isEmpty && name == pattern }
    guard let dot = name.firstIndex(of: "."), dot > name.startIndex else { return false }
    return name[dot...] == pattern.dropFirst()
  }
}

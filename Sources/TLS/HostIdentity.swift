import NIOCore
package import NIOSSL

/// The name or the address that the certificate of a server must bear. Only the alternative names of a certificate
/// count.
///
/// NIOSSL by itself also accepts a certificate that bears the address of the connection, whatever the name is. Behind a
/// proxy that is the proxy's address, and whoever answers for a name may have a certificate of its own address. So NIOSSL
/// checks only the chain of certificates, and this the name.
package struct HostIdentity: Hashable, Sendable {
  /// As people write it, for errors.
  package let shown: String
  /// The name to send before the handshake (RFC 6066, section 3: an address is none); nil: an address.
  let name: String?
  private let address: SocketAddress?

  /// `host`: an IPv6 address may be in brackets.
  package init(_ host: String) {
    shown = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host.lowercased()
    address = try? SocketAddress(ipAddress: shown, port: 0)
    name = address == nil ? shown : nil
  }

  /// Makes the handler of a connection.
  ///
  /// - Parameters:
  ///   - isVerified: false: every certificate is accepted.
  ///   - refusal: the error that ends a connection to a server of another identity.
  package func handler(
    _ context: NIOSSLContext, isVerified: Bool, refusal: any Error
  ) throws -> NIOSSLClientHandler {
    guard isVerified else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
    return try ._makeSSLClientHandler(context: context, serverHostname: name) { certificate, channel in
      matches(certificate)
        ? channel.eventLoop.makeSucceededVoidFuture() : channel.eventLoop.makeFailedFuture(refusal)
    }
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
  static func covers(_ pattern: String, _ host: String, wildcards: Bool = true) -> Bool {
    let host = host.hasSuffix(".") ? host.dropLast() : host[...]
    guard pattern.hasPrefix("*.") else { return !host.isEmpty && host == pattern }
    guard wildcards else { return false }
    guard let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
    return host[dot...] == pattern.dropFirst()
  }
}

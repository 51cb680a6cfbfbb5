/// The files with which a server speaks TLS, all in PEM.
package struct ServerTLS: Hashable, Sendable {
  /// A certificate and its key.
  package struct Pair: Hashable, Sendable {
    /// The file of the certificate, followed by those of its authorities.
    package let certFile: String
    /// The file of the key; nil: it is in `certFile`.
    package let keyFile: String?

    package init(certFile: String, keyFile: String? = nil) {
      self.certFile = certFile
      self.keyFile = keyFile
    }
  }

  /// At least one. The client's name for the server chooses among them (SNI, RFC 6066, section 3); a client without a name,
  /// or with one that no certificate bears, gets the first.
  package var pairs: [Pair]
  /// The authorities of client certificates; nil: the server asks for none.
  package var clientCAFile: String?
  /// Whether a client without a certificate is refused.
  package var requiresClientCertificate = true

  package init(_ pairs: [Pair], clientCAFile: String? = nil, requiresClientCertificate: Bool = true) {
    self.pairs = pairs
    self.clientCAFile = clientCAFile
    self.requiresClientCertificate = requiresClientCertificate
  }

  var files: [String] {
    pairs.flatMap { [$0.certFile, $0.keyFile].compactMap { $0 } } + [clientCAFile].compactMap { $0 }
  }
}

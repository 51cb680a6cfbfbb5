/// How a client of TLS checks the certificate of its server, and which one it shows itself. All is optional: without it the
/// server is checked against the system's authorities by the name in its URL.
package struct ClientTLS: Hashable, Sendable {
  /// A file with the certificates of the authorities that count, in PEM; nil: the system's.
  package let caFile: String?
  /// The name or the address that the server's certificate must bear, in brackets if it is an IPv6 address; nil: the host
  /// of its URL.
  package let serverName: String?
  /// A file with the client's own certificate, in PEM; nil: none.
  package let certFile: String?
  /// A file with the key of that certificate, in PEM; nil: it is in `certFile`.
  package let certKeyFile: String?
  /// Whether every certificate is accepted.
  package let isInsecure: Bool

  package init(
    caFile: String? = nil, serverName: String? = nil, certFile: String? = nil, certKeyFile: String? = nil,
    isInsecure: Bool = false
  ) {
    self.caFile = caFile
    self.serverName = serverName
    self.certFile = certFile
    self.certKeyFile = certKeyFile
    self.isInsecure = isInsecure
  }
}

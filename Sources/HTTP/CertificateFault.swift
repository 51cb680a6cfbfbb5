/// Why a client's connection by TLS was not made.
package enum CertificateFault: Error, Hashable, Sendable {
  /// No authority that the client trusts has signed the server's certificate.
  case unknownAuthority
  /// The server's certificate does not bear this name or address.
  case wrongName(String)
  case expired
  case notYetValid
  /// The server does not accept the client's certificate, or wants one.
  case clientRefused
  /// The server does not speak TLS at this port.
  case notTLS
  /// A file that TLS needs cannot be used; the text says which.
  case file(String)

  /// The fault in words, for people.
  package var text: String {
    switch self {
    case .unknownAuthority: "its certificate is of an unknown authority"
    case .wrongName(let name): "its certificate is not valid for \(name)"
    case .expired: "its certificate has expired"
    case .notYetValid: "its certificate is not valid yet"
    case .clientRefused: "it refuses the client certificate, or wants one"
    case .notTLS: "it does not speak TLS"
    case .file(let reason): reason
    }
  }
}

import Glibc
package import HTTP
package import NIOSSL

extension CertificateFault {
  /// Finds the cause of a failed handshake. `certificate`: the server's, if it came; `host`: the name or the address that
  /// it must bear. nil: the error does not show a cause.
  package init?(_ error: any Error, certificate: NIOSSLCertificate?, host: String, now: Int? = nil) {
    if error as? NIOSSLExtraError == .failedToValidateHostname {
      self = .wrongName(HostIdentity(host).shown)
      return
    }
    let stack: NIOBoringSSLErrorStack
    switch error {
    case NIOSSLError.handshakeFailed(.sslError(let errors)), BoringSSLError.sslError(let errors): stack = errors
    default: return nil
    }
    let now = now ?? time(nil)
    // NIOSSL shows BoringSSL's reasons by their names alone.
    let reasons = stack.map(\.description).joined()
    func has(_ names: String...) -> Bool { names.contains { reasons.contains($0) } }
    if has("CERTIFICATE_VERIFY_FAILED") {
      guard let certificate else { return nil }
      self =
        if certificate.notValidAfter < now { .expired } else if certificate.notValidBefore > now { .notYetValid } else {
          .unknownAuthority
        }
    } else if has(
      "CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_CERTIFICATE", "ALERT_ACCESS_DENIED")
    {
      self = .clientRefused
    } else if has("WRONG_VERSION_NUMBER", "HTTP_REQUEST") {
      self = .notTLS
    } else {
      return nil
    }
  }
}

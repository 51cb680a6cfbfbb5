import NIOSSL
import Synchronization

/// What the TLS of a connection to an API server is set up from.
struct TLSSettings: Hashable, Sendable {
  /// Certificates that the server's must descend from, in PEM; nil: those of the system.
  var authority: [UInt8]?
  /// Whether any certificate of the server is taken.
  var isUnverified = false
  /// The client's certificates, in PEM; nil: none.
  var certificate: [UInt8]?
  /// The key of the client's certificate, in PEM.
  var key: [UInt8]?

  /// Throws what NIOSSL throws.
  fileprivate func context() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    if isUnverified { configuration.certificateVerification = .none }
    if let authority { configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority)) }
    if let certificate, let key {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}

/// The TLS context of the last connection, for the next ones until a certificate or a key rotates.
final class TLSContextCache: Sendable {
  private let last = Mutex<(settings: TLSSettings, context: NIOSSLContext)?>(nil)

  /// Throws what NIOSSL throws.
  func context(for settings: TLSSettings) throws -> NIOSSLContext {
    try last.withLock { last in
      if let last, last.settings == settings { return last.context }
      let context = try settings.context()
      last = (settings, context)
      return context
    }
  }
}

import NIOSSL
import Synchronization
import TLS

/// The settings from which the TLS context of a connection to an API server is made.
struct TLSSettings: Hashable, Sendable {
  /// The certificate authorities that the client trusts, in PEM; nil: the system's authorities.
  var authority: [UInt8]?
  /// Whether the client accepts any certificate of the server.
  var isUnverified = false
  /// The client's certificates, in PEM; nil: none.
  var certificate: [UInt8]?
  /// The key of the client's certificate, in PEM.
  var key: [UInt8]?

  /// Makes the context. Throws the errors of NIOSSL.
  fileprivate func context() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    // `HostIdentity` checks the name.
    configuration.certificateVerification = isUnverified ? .none : .noHostnameVerification
    if let authority {
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
    } else if !isUnverified {
      configuration.trustRoots = try SystemAuthorities().trustRoots()
    }
    if let certificate, let key {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}

/// Keeps the TLS context of the last connection for later connections, until a certificate or a key rotates. A context
/// that trusts the system's authorities also expires, because it reads their files when it is made.
final class TLSContextCache: Sendable {
  private struct Entry: Sendable {
    let settings: TLSSettings
    let context: NIOSSLContext
    let made: ContinuousClock.Instant
  }

  /// The longest time that a context serves with the system's authorities as it read them.
  static let lifetime: Duration = .seconds(300)

  private let last = Mutex<Entry?>(nil)

  /// The cached context when the settings are unchanged, else a new context. Throws the errors of NIOSSL.
  func context(for settings: TLSSettings, now: ContinuousClock.Instant = .now) throws -> NIOSSLContext {
    try last.withLock { last in
      if let last, last.settings == settings, settings.authority != nil || now - last.made < Self.lifetime {
        return last.context
      }
      let context = try settings.context()
      last = Entry(settings: settings, context: context, made: now)
      return context
    }
  }
}

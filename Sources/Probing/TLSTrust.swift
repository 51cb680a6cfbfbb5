import NIOSSL
import Synchronization

/// The certificate authorities that https engines are checked against: the system's, unless the caller sets others.
/// They are read when the first engine is probed, because that takes a while.
final class TLSTrust: Sendable {
  private let configuration: TLSConfiguration
  private let loaded = Mutex<NIOSSLContext?>(nil)

  init(_ configuration: TLSConfiguration = .makeClientConfiguration()) {
    self.configuration = configuration
  }

  /// `host`: the name that the certificate must bear; nil: the certificate must hold the address. Throws the errors of
  /// NIOSSL.
  func handler(host: String?) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(context: context(), serverHostname: host)
  }

  private func context() throws -> NIOSSLContext {
    try loaded.withLock { loaded in
      if let context = loaded { return context }
      let context = try NIOSSLContext(configuration: configuration)
      loaded = context
      return context
    }
  }
}

import NIOCore
package import NIOSSL
import Synchronization

/// The certificates of a server, as its files hold them: connections that begin after a change of the files get the new
/// ones, and those that are open keep theirs.
package final class ServerCertificates: Sendable {
  /// A certificate of the server, for metrics and warnings.
  package struct Shown: Hashable, Sendable {
    package let file: String
    /// The Unix time after which clients refuse it, in seconds.
    package let notAfter: Int
  }

  private struct Chain: Sendable {
    let file: String
    let certificates: [NIOSSLCertificate]
    let key: NIOSSLPrivateKey

    var leaf: NIOSSLCertificate { certificates[0] }
  }

  private struct Loaded {
    let context: NIOSSLContext
    let chains: [Chain]
    let stamps: [CertificateFile.Stamp?]
  }

  /// Those of TLS 1.2 that RFC 9113, section 9.2.2, leaves to HTTP/2; TLS 1.3 has no others.
  private static let ciphers: [NIOTLSCipher] = [
    .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
  ]
  private let settings: ServerTLS
  private let loaded: Mutex<Loaded>

  /// Reads the files. Throws `CertificateFileError`.
  package init(_ settings: ServerTLS) throws {
    self.settings = settings
    loaded = Mutex(try Self.load(settings))
  }

  /// Makes the handler of a new connection.
  package func handler() -> NIOSSLServerHandler {
    NIOSSLServerHandler(context: loaded.withLock { $0.context })
  }

  package var shown: [Shown] {
    loaded.withLock { $0.chains }.map { Shown(file: $0.file, notAfter: $0.leaf.notAfter) }
  }

  /// Takes the files again if they have changed; returns whether they have. Throws `CertificateFileError` when they are
  /// unfit: the old certificates stay.
  package func reload(now: Int) throws -> Bool {
    let before = loaded.withLock { ($0.stamps, $0.chains) }
    guard Self.stamps(settings) != before.0 else { return false }
    let new = try Self.load(settings)
    for (old, new) in zip(before.1, new.chains) where old.leaf.isValid(at: now) && !new.leaf.isValid(at: now) {
      throw CertificateFileError(
        description: "the tls-cert \(new.file) \(new.leaf.notAfter < now ? "has expired" : "is not valid yet")")
    }
    loaded.withLock { $0 = new }
    return true
  }

  private static func stamps(_ settings: ServerTLS) -> [CertificateFile.Stamp?] {
    settings.files.map { CertificateFile.Stamp($0) }
  }

  private static func load(_ settings: ServerTLS) throws -> Loaded {
    // Before the files: a change while they are read is seen the next time.
    let stamps = stamps(settings)
    let chains = try settings.pairs.map { try chain($0) }
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chains[0].certificates.map { .certificate($0) }, privateKey: .privateKey(chains[0].key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuiteValues = ciphers
    configuration.applicationProtocols = ["h2", "http/1.1"]
    configuration.shutdownTimeout = .seconds(1)
    if let file = settings.clientCAFile {
      let authorities = try CertificateFile(role: "tls-client-ca", path: file).certificates()
      configuration.trustRoots = .certificates(authorities)
      configuration.sendCANameList = true
      configuration.certificateVerification =
        settings.requiresClientCertificate ? .noHostnameVerification : .optionalVerification
    }
    if chains.count > 1 {
      configuration.sslContextCallback = { values, promise in
        promise.succeed(choice(of: chains, for: values.serverHostname))
      }
    }
    return Loaded(context: try NIOSSLContext(configuration: configuration), chains: chains, stamps: stamps)
  }

  /// The first chain that bears the very name, else the first with a wildcard for it; no change where none does.
  private static func choice(of chains: [Chain], for name: String?) -> NIOSSLContextConfigurationOverride {
    var choice = NIOSSLContextConfigurationOverride()
    guard let identity = name.map({ HostIdentity($0) }),
      let chain = chains.first(where: { identity.matches($0.leaf, wildcards: false) })
        ?? chains.first(where: { identity.matches($0.leaf) })
    else { return choice }
    choice.certificateChain = chain.certificates.map { .certificate($0) }
    choice.privateKey = .privateKey(chain.key)
    return choice
  }

  private static func chain(_ pair: ServerTLS.Pair) throws -> Chain {
    let certificates = try CertificateFile(role: "tls-cert", path: pair.certFile).certificates()
    let keyFile = CertificateFile(
      role: pair.keyFile == nil ? "tls-cert" : "tls-key", path: pair.keyFile ?? pair.certFile)
    let chain = Chain(file: pair.certFile, certificates: certificates, key: try keyFile.key())
    do {
      // The context checks that the two belong together.
      _ = try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(chain.key)))
    } catch {
      throw CertificateFileError(
        description: "the key in \(keyFile.path) does not belong to the first certificate in \(pair.certFile)")
    }
    return chain
  }
}

extension NIOSSLCertificate {
  fileprivate var notAfter: Int { Int(notValidAfter) }

  fileprivate func isValid(at now: Int) -> Bool { Int(notValidBefore) <= now && now <= notAfter }
}

package import HTTP
import NIOCore
package import NIOSSL
import Synchronization

/// The TLS contexts of a client's connections, one for each way in which certificates are checked. A context is made
/// anew when one of its files has changed; the system's authorities are read again now and then, because that takes a
/// while.
package final class TLSTrust: Sendable {
  private struct Entry {
    let context: NIOSSLContext
    let stamps: [CertificateFile.Stamp?]
    let made: ContinuousClock.Instant
  }

  /// The longest time that a context serves with the system's authorities as it read them.
  private static let lifetime: Duration = .seconds(300)
  /// The largest number of contexts that are kept: the settings of engines come and go.
  private static let limit = 1_024

  private let configuration: TLSConfiguration?
  private let authorities: SystemAuthorities
  private let protocols: [String]
  private let entries = Mutex<[ClientTLS: Entry]>([:])

  /// `configuration`: what holds for servers for which nothing is set; nil: the system's authorities. `protocols`: those
  /// that the client offers (ALPN, RFC 7301), the best one first.
  package init(
    _ configuration: TLSConfiguration? = nil, authorities: SystemAuthorities = SystemAuthorities(),
    protocols: [String] = []
  ) {
    self.configuration = configuration
    self.authorities = authorities
    self.protocols = protocols
  }

  /// Makes the handler of a connection to a host, in brackets if it is an IPv6 address. Throws `CertificateFileError` and
  /// the errors of NIOSSL.
  package func handler(for tls: ClientTLS, host: String) throws -> NIOSSLClientHandler {
    let identity = HostIdentity(tls.serverName ?? host)
    let context = try context(for: tls)
    return try identity.handler(
      context, isVerified: !tls.isInsecure, refusal: CertificateFault.wrongName(identity.shown))
  }

  /// The context of this way of checking, from the cache where its files are unchanged.
  package func context(for tls: ClientTLS, now: ContinuousClock.Instant = .now) throws -> NIOSSLContext {
    // Which name is checked is a matter of each connection.
    let tls = ClientTLS(
      caFile: tls.caFile, certFile: tls.certFile, certKeyFile: tls.certKeyFile, isInsecure: tls.isInsecure)
    let stamps = files(of: tls).map { CertificateFile.Stamp($0) }
    return try entries.withLock { entries in
      if let entry = entries[tls], entry.stamps == stamps, tls.isSettled || now - entry.made < Self.lifetime {
        return entry.context
      }
      entries[tls] = nil
      let configuration = try makeConfiguration(tls)
      let context: NIOSSLContext
      do {
        context = try NIOSSLContext(configuration: configuration)
      } catch {
        guard let file = tls.certFile else { throw error }
        throw CertificateFileError(
          description: "the key in \(tls.certKeyFile ?? file) does not belong to the first certificate in \(file)")
      }
      if entries.count >= Self.limit { entries.removeAll() }
      entries[tls] = Entry(context: context, stamps: stamps, made: now)
      return context
    }
  }

  private func files(of tls: ClientTLS) -> [String] {
    let authorities = tls.caFile == nil && !tls.isInsecure ? authorities.file : nil
    return [tls.caFile, tls.certFile, tls.certKeyFile, authorities].compactMap { $0 }
  }

  private func makeConfiguration(_ tls: ClientTLS) throws -> TLSConfiguration {
    var made = configuration ?? .makeClientConfiguration()
    if !protocols.isEmpty { made.applicationProtocols = protocols }
    if tls.isInsecure {
      made.certificateVerification = .none
    } else if let file = tls.caFile {
      made.trustRoots = .certificates(try CertificateFile(role: "ca-file", path: file).certificates())
    } else if configuration == nil {
      made.trustRoots = try authorities.trustRoots()
    }
    // `HostIdentity` checks the name.
    if !tls.isInsecure { made.certificateVerification = .noHostnameVerification }
    if let file = tls.certFile {
      made.certificateChain = try CertificateFile(role: "cert-file", path: file).certificates().map { .certificate($0) }
      let key = CertificateFile(
        role: tls.certKeyFile == nil ? "cert-file" : "cert-key-file", path: tls.certKeyFile ?? file)
      made.privateKey = .privateKey(try key.key())
    }
    return made
  }
}

extension ClientTLS {
  /// Whether it depends on its own files alone.
  fileprivate var isSettled: Bool { caFile != nil || isInsecure }
}

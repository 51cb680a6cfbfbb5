internal import Catalog
internal import Logging
internal import Metrics
internal import ServiceLifecycle
internal import Synchronization
internal import TLS

/// Takes changed certificates while the server runs, and warns of those that end soon.
final class CertificateService: Service, MetricsSource {
  private static let interval = Duration.seconds(5)
  /// Before the end of a certificate, in seconds: renewals come earlier.
  private static let warning = 14 * 86_400
  /// Between two warnings, in seconds.
  private static let quiet = 86_400

  private struct State {
    /// Why the files are refused; nil: they are in use.
    var refusal: String?
    /// The Unix time of the last warning, by file.
    var warned: [String: Int] = [:]
  }

  private let certificates: ServerCertificates
  private let logger: Logger
  private let state = Mutex(State())

  init(_ certificates: ServerCertificates, logger: Logger) {
    self.certificates = certificates
    self.logger = logger
  }

  func run() async {
    await cancelWhenGracefulShutdown { [self] in
      repeat { look() } while (try? await Task.sleep(for: Self.interval)) != nil
    }
  }

  /// Takes changed files, and logs what is new about them.
  func look() {
    let now = Int(Timestamp.now.microseconds / 1_000_000)
    state.withLock { state in
      do {
        let isNew = try certificates.reload(now: now)
        if isNew {
          logger.notice("certificates are reloaded", metadata: ["files": "\(certificates.shown.map(\.file))"])
        }
        if isNew || state.refusal != nil { state = State() }
      } catch {
        // The same refusal is no news.
        guard state.refusal != "\(error)" else { return }
        state.refusal = "\(error)"
        logger.error("certificates are refused, the old ones stay", metadata: ["error": "\(error)"])
      }
      for certificate in certificates.shown where certificate.notAfter - now < Self.warning {
        guard now - (state.warned[certificate.file] ?? .min / 2) >= Self.quiet else { continue }
        state.warned[certificate.file] = now
        let isOver = certificate.notAfter < now
        logger.log(
          level: isOver ? .error : .warning,
          isOver ? "a certificate has expired: clients refuse it" : "a certificate expires soon",
          metadata: [
            "file": "\(certificate.file)",
            "not_after": "\(Timestamp(microseconds: Int64(certificate.notAfter) * 1_000_000))",
          ])
      }
    }
  }

  func families() -> [MetricFamily] {
    var ends = MetricFamily(
      "rollcall_tls_certificate_expiry_timestamp_seconds", .gauge,
      help: "When a certificate of the server ends, in seconds since 1970, by its file.")
    for certificate in certificates.shown { ends.add(Double(certificate.notAfter), ["file": certificate.file]) }
    var refused = MetricFamily(
      "rollcall_tls_certificates_refused", .gauge,
      help: "1 while changed files of certificates are refused and the old ones serve.")
    refused.add(state.withLock { $0.refusal == nil } ? 0 : 1)
    return [ends, refused]
  }
}

package import Fleet
import Glibc
import HTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TLS

/// Maps NIO's errors to probe failures: no more detail than a reason needs, and none that changes from probe to probe.
extension ProbeFailure {
  package init(beforeHead error: any Error) {
    self =
      switch error {
      case let failure as ProbeFailure: failure
      case let fault as CertificateFault: .certificate(fault)
      case let error as CertificateFileError: .certificate(.file(error.description))
      case let error as IOError: Self(errno: error.errnoCode)
      case let error as NIOConnectionError: Self(error)
      // Closed without TLS' close_notify, so any party on the path may have closed the connection.
      case NIOSSLError.uncleanShutdown: .closed
      case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: .tls
      case is HTTPParserError, is NIOHTTPDecoderError: .notHTTP
      case ChannelError.connectTimeout: .timedOut
      case is ChannelError: .closed
      default: .other("no connection")
      }
  }

  /// The failure of a connection by host name, which may have tried several addresses.
  private init(_ error: NIOConnectionError) {
    self = Self.ofAddresses(error.connectionErrors.map { Self(beforeHead: $0.error) }) ?? Self.nameFailure(error)
  }

  /// The failure of an engine of which no address answers; nil: it has none.
  static func ofAddresses(_ failures: [Self]) -> Self? {
    // One address that was not tried leaves the engine unknown, unless this machine has no address of that family.
    failures.first { $0.isOwn && $0 != .own(.localPorts) }
      ?? failures.first { $0 == .connectionRefused }
      ?? failures.first { $0 != .own(.localPorts) }
      ?? failures.first
  }

  /// The failure of a name that does not resolve. The resolver may hide that this process has no file for its query.
  private static func nameFailure(_ error: NIOConnectionError) -> Self {
    if let trouble = OwnFailure.current { return .own(trouble) }
    let codes = [error.dnsAError, error.dnsAAAAError].compactMap { ($0 as? SocketAddressError.UnknownHost)?.errorCode }
    return codes.contains(Int(EAI_MEMORY)) ? .own(.memory) : .nameNotFound
  }

  private var isOwn: Bool {
    if case .own = self { true } else { false }
  }

  private init(errno: CInt) {
    if let own = OwnFailure(errno: errno) {
      self = .own(own)
      return
    }
    self =
      switch errno {
      case ECONNREFUSED: .connectionRefused
      case ECONNRESET, EPIPE: .closed
      case ETIMEDOUT: .timedOut
      case EHOSTUNREACH: .other("no route to the host")
      case ENETUNREACH: .other("the network is unreachable")
      default: .other("no connection")
      }
  }
}

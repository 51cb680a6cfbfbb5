package import Fleet
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Maps NIO's errors to probe failures: no more detail than a reason needs, and none that changes from probe to probe.
extension ProbeFailure {
  package init(beforeHead error: any Error) {
    self =
      switch error {
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
    let failures = error.connectionErrors.map { Self(beforeHead: $0.error) }
    self = failures.contains(.connectionRefused) ? .connectionRefused : failures.first ?? .nameNotFound
  }

  private init(errno: CInt) {
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

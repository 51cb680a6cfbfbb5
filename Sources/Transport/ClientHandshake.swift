import HTTP
import NIOCore
import NIOSSL
import TLS

/// The TLS handshake of a client connection. Confined to its event loop.
final class ClientHandshake {
  /// Why a handshake failed, in words.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let security: NIOSSLClientHandler
  private let host: String
  private let promise: EventLoopPromise<Void>
  private let timer: Scheduled<Void>

  /// - Parameters:
  ///   - host: the name or the address that the certificate must bear.
  ///   - limit: the longest time, together with that for the connection.
  init(_ security: NIOSSLClientHandler, host: String, limit: Duration, on eventLoop: any EventLoop) {
    self.security = security
    self.host = host
    let promise = eventLoop.makePromise(of: Void.self)
    self.promise = promise
    timer = eventLoop.scheduleTask(in: TimeAmount(limit * 2)) {
      promise.fail(Failure(description: "the TLS handshake took too long"))
    }
  }

  /// Fails with `Failure`.
  var completion: EventLoopFuture<Void> { promise.futureResult }

  /// - Parameter name: the protocol that both sides know; nil: none.
  func completed(_ name: String?) {
    timer.cancel()
    guard name == "h2" else {
      promise.fail(Failure(description: "it speaks TLS, but no HTTP/2 (ALPN)"))
      return
    }
    promise.succeed()
  }

  func failed(_ error: any Error) {
    timer.cancel()
    promise.fail(Failure(description: text(error)))
  }

  /// An error of the connection in words. With TLS 1.3 a server refuses a client's certificate after the handshake.
  func text(_ error: any Error) -> String {
    if let fault = error as? CertificateFault { return fault.text }
    return CertificateFault(error, certificate: security.peerCertificate, host: host)?.text
      ?? "no TLS connection: the handshake failed"
  }
}

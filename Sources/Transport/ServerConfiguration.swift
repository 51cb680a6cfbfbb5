import HTTP
package import HTTP2
package import NIOCore

/// How a server listens, and the limits of each connection.
package struct ServerConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// 0: any free port.
  package var port = 8080
  /// Event loops; each serves its own connections.
  package var threads = System.coreCount
  /// A timer of a millisecond on each event loop shows at `/metrics` how long loops are held up; for diagnosis.
  package var measuresLoops = false
  package var http2 = Settings()
  /// Bytes of one request message of gRPC; more is RESOURCE_EXHAUSTED.
  package var maxMessageSize = 4_194_304
  /// Bytes of one REST request body; more is 413.
  package var maxBodySize = 1_048_576
  /// Bytes of requests that are not whole yet, on one connection; beyond, requests are refused.
  package var maxUnfinishedBytes = 67_108_864
  /// Replies that are being made off the event loops at once, on all connections.
  package var maxTasks = 64
  /// Replies that wait for that; beyond, requests are refused.
  package var maxWaitingTasks = 512
  /// Connections at once; more are closed as they come.
  package var maxConnections = 10_000
  /// Time until a connection's first bytes have to show its protocol.
  package var firstBytesTimeout = TimeAmount.seconds(10)
  /// A stream or connection ends when its peer reads nothing for this long.
  package var stallTimeout = Duration.seconds(60)
  /// How long a connection that the server ended waits for the peer to end it, so that the peer receives every byte.
  package var lingerTimeout = Duration.seconds(2)

  package init() {}
}

extension ServerConfiguration {
  /// HTTP/1.1 refuses further requests in an answer (`Connection: close`).
  var lifeLimits: ConnectionLife.Limits {
    ConnectionLife.Limits(
      opening: .nanoseconds(firstBytesTimeout.nanoseconds), stall: stallTimeout, linger: lingerTimeout)
  }

  /// HTTP/2 refuses further requests in a frame; streams that the client opened before the first GOAWAY are accepted.
  var http2LifeLimits: ConnectionLife.Limits {
    var limits = lifeLimits
    limits.notice = .milliseconds(100)
    return limits
  }
}

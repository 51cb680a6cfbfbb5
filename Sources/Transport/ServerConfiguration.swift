import HTTP
package import HTTP2
package import NIOCore

/// The address of a server, and the limits of each of its connections.
package struct ServerConfiguration: Sendable {
  package var host = "127.0.0.1"
  /// The TCP port; 0 lets the system choose a free port.
  package var port = 8080
  /// The number of event loops; each serves its own connections.
  package var threads = System.coreCount
  /// Whether a timer of a millisecond on each event loop measures how long the loop is held up, for diagnosis at
  /// `/metrics`.
  package var measuresLoops = false
  package var http2 = Settings()
  /// The largest gRPC request message, in bytes; a larger message ends the call with RESOURCE_EXHAUSTED.
  package var maxMessageSize = 4_194_304
  /// The largest REST request body, in bytes; the server answers a larger body with 413.
  package var maxBodySize = 1_048_576
  /// The bytes of incomplete requests that one connection may hold; the server refuses requests beyond that.
  package var maxUnfinishedBytes = 67_108_864
  /// The replies that tasks may make at once off the event loops, for all connections together.
  package var maxTasks = 64
  /// The replies that may wait for such a task; the server refuses requests beyond that.
  package var maxWaitingTasks = 512
  /// The connections that may be open at once; the server closes further connections as they come.
  package var maxConnections = 10_000
  /// The time within which a connection's first bytes have to show its protocol.
  package var firstBytesTimeout = TimeAmount.seconds(10)
  /// The time after which a stream or connection ends when its peer reads nothing.
  package var stallTimeout = Duration.seconds(60)
  /// The time for which a connection that the server ended waits for the peer to end it, so that the peer receives
  /// every byte.
  package var lingerTimeout = Duration.seconds(2)

  package init() {}
}

extension ServerConfiguration {
  /// The limits of an HTTP/1.1 connection, which refuses further requests in an answer (`Connection: close`).
  var lifeLimits: ConnectionLife.Limits {
    ConnectionLife.Limits(
      opening: .nanoseconds(firstBytesTimeout.nanoseconds), stall: stallTimeout, linger: lingerTimeout)
  }

  /// The limits of an HTTP/2 connection, which refuses further requests in a frame. It accepts the streams that the
  /// client opened before the first GOAWAY.
  var http2LifeLimits: ConnectionLife.Limits {
    var limits = lifeLimits
    limits.notice = .milliseconds(100)
    return limits
  }
}

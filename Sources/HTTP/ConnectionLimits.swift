/// The longest time that a connection may stay in each state, and the least rates.
package struct ConnectionLimits: Hashable, Sendable {
  /// From the start of the connection to the bytes that show its protocol, and on HTTP/2 to its first SETTINGS.
  package var opening: Duration
  /// From the first byte of a request's head to the last.
  package var head = Duration.seconds(10)
  /// The least rate of an unfinished request.
  package var body = RateWindow.Least(window: 30_000, bytesPerSecond: 1_024)
  /// The least rate at which the peer takes what waits for it.
  package var read = RateWindow.Least(window: 60_000, bytesPerSecond: 1_024)
  /// Without a request and without a sign of life.
  package var idle = Duration.seconds(300)
  /// The age at which the peer is asked to go; nil: never.
  package var age: Duration?
  /// From then until the open requests are cut.
  package var ageGrace = Duration.seconds(60)
  /// Without a byte of the peer while requests are open, before the server pings the peer; nil: it never does.
  package var keepalive: Duration?
  /// From that ping until its answer.
  package var keepaliveTimeout = Duration.seconds(20)
  /// Between the announcement of a shutdown and the refusal of requests; nil: the next answer carries the refusal.
  package var notice: Duration?
  /// From the decision to end the output until the last bytes are written.
  package var flush: Duration
  /// From the end of the server's output until the peer ends its own.
  package var linger: Duration

  package init(opening: Duration, notice: Duration? = nil, flush: Duration = .seconds(10), linger: Duration) {
    (self.opening, self.notice, self.flush, self.linger) = (opening, notice, flush, linger)
  }
}

/// What has become of a connection, counted by its owner.
package struct ConnectionFacts: Hashable, Sendable {
  /// Bytes that the peer has sent.
  package var received = 0
  /// Bytes that the server has handed to the kernel.
  package var sent = 0
  /// Whether bytes for the peer wait because the peer takes none.
  package var isBlocked = false
  /// The number of the head that has begun and is not whole; nil when there is none.
  package var partialHead: Int?
  /// Whether a request has begun whose body is not whole. HTTP/2 judges each stream by itself, and leaves this false.
  package var hasPartialBody = false
  /// The number of requests and pings that the peer has sent.
  package var signsOfLife = 0
  /// The number of the server's pings that the peer has answered.
  package var pingsAnswered = 0

  package init() {}
}

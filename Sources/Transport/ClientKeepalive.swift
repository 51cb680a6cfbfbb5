/// Detects a server that has gone without closing its connection, by pings at the times that gRPC's servers allow. Time is
/// an argument.
///
/// Only a connection with open calls is judged, and any byte of the server proves that it is there.
struct ClientKeepalive {
  typealias Instant = ContinuousClock.Instant

  /// The settings; the defaults cost a quiet call one ping, and then one each five minutes.
  struct Times: Hashable, Sendable {
    /// Without a byte of the server, before the client pings it. Rollcall's watches are silent for at most 30 s.
    var silence = Duration.seconds(40)
    /// From a ping until the server counts as gone.
    var answer = Duration.seconds(20)
    /// Between two pings without a byte of an answer between them. The servers of grpc-go and grpc-core end a connection
    /// that pings more often than every five minutes (`too_many_pings`).
    var pause = Duration.seconds(310)
  }

  enum Step: Hashable {
    case ping
    /// The server did not answer the ping in time.
    case giveUp
  }

  private let times: Times
  private var lastReceived: Instant
  /// The last ping, unless a part of an answer came after it; nil: none.
  private var lastPing: Instant?
  /// Whether no byte has come since the last ping.
  private var isWaiting = false

  init(_ times: Times, now: Instant) {
    self.times = times
    lastReceived = now
  }

  /// A call begins on a connection that had none: the silence before it does not count.
  mutating func begin(now: Instant) {
    lastReceived = now
    isWaiting = false
  }

  /// Bytes of the server arrived.
  ///
  /// - Parameter isAnswer: whether they are a part of an answer, and not frames of the connection alone.
  mutating func received(isAnswer: Bool, now: Instant) {
    lastReceived = now
    isWaiting = false
    if isAnswer { lastPing = nil }
  }

  /// The time of the next step, unless something arrives before.
  var deadline: Instant {
    guard let lastPing else { return lastReceived + times.silence }
    return isWaiting ? lastPing + times.answer : max(lastReceived + times.silence, lastPing + times.pause)
  }

  /// The step that is due; nil before `deadline`.
  mutating func step(now: Instant) -> Step? {
    guard now >= deadline else { return nil }
    if isWaiting { return .giveUp }
    lastPing = now
    isWaiting = true
    return .ping
  }
}

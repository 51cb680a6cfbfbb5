/// Judges the long limits of a connection, once a second, from the counts of its owner: a request costs nothing for it.
struct ConnectionWatch: Hashable, Sendable {
  typealias Instant = ContinuousClock.Instant

  enum Verdict: Hashable {
    case slow(ConnectionLife.Reason)
    case idle
    case old
    case ping
  }

  /// More bytes than a ping and a bookmark have.
  private static let leastSent = 512

  private let start: Instant
  private var last = ConnectionFacts()
  private var output = RateWindow()
  private var body = RateWindow()
  private var idleSince: Instant
  private var headSince: Instant
  private var lastReceived: Instant
  /// The moment of the ping that the peer has not answered; nil when there is none.
  private var pinged: Instant?
  /// The moment at which the connection was found too old.
  private var agedAt: Instant?

  init(now: Instant) {
    (start, idleSince, headSince, lastReceived) = (now, now, now, now)
  }

  mutating func judge(
    _ facts: ConnectionFacts, _ limits: ConnectionLimits, openRequests: Int, mayPing: Bool, now: Instant
  ) -> Verdict? {
    defer { last = facts }
    // A peer that takes many bytes is alive: an answer to a ping may wait behind megabytes.
    if facts.received != last.received || facts.sent - last.sent > Self.leastSent {
      lastReceived = now
      pinged = nil
    }
    if facts.signsOfLife != last.signsOfLife || openRequests > 0 { idleSince = now }
    if facts.partialHead == nil || facts.partialHead != last.partialHead { headSince = now }
    if facts.pingsAnswered != last.pingsAnswered { pinged = nil }

    let time = Int((now - start) / .milliseconds(1))
    if output.isTooSlow(limits.read, count: facts.sent, isWaiting: facts.isBlocked, now: time) {
      return .slow(.stalled)
    }
    if facts.partialHead != nil, now - headSince >= limits.head { return .slow(.head) }
    if body.isTooSlow(limits.body, count: facts.received, isWaiting: facts.hasPartialBody, now: time) {
      return .slow(.body)
    }
    if !mayPing {
      pinged = nil
    } else if let pinged {
      if now - pinged >= limits.keepaliveTimeout { return .slow(.unanswered) }
    } else if let keepalive = limits.keepalive, openRequests > 0, now - lastReceived >= keepalive {
      pinged = now
      return .ping
    }
    if let age = limits.age, agedAt == nil, now - start >= age {
      agedAt = now
      return .old
    }
    if openRequests == 0, facts.partialHead == nil, now - idleSince >= limits.idle { return .idle }
    return nil
  }

  /// Whether the open requests of a connection that became too old have had their time.
  func isOverGrace(_ limits: ConnectionLimits, now: Instant) -> Bool {
    agedAt.map { now - $0 >= limits.ageGrace } ?? false
  }
}

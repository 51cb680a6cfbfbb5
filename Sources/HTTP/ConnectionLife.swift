/// The life of one connection of the server, HTTP/1.1 or HTTP/2 alike: events go in with the time, and actions come out,
/// together with the next `deadline`. No I/O, no clock.
///
/// ```
/// opening -> idle <-> open -> draining -> lingering -> closed
/// ```
///
/// Draining has three steps. First the shutdown is announced, and requests that are on their way are still accepted. Then
/// the connection refuses new requests. When no request is open and nothing is left to write, it ends its output, once,
/// and lingers until the peer ends its own: with bytes of the peer unread, a close would reset the connection,
/// and the peer would lose bytes that it has not received yet (RFC 9112 section 9.6, of TCP in general).
package struct ConnectionLife: Sendable {
  package typealias Instant = ContinuousClock.Instant

  /// How long a connection may stay in a state.
  package struct Limits: Hashable, Sendable {
    /// From the start to the bytes that show the protocol.
    package var opening: Duration
    /// While the peer reads nothing.
    package var stall: Duration
    /// Between the announcement of a shutdown and the refusal of requests; nil: the next answer carries the refusal.
    package var notice: Duration?
    /// Until the last bytes are written.
    package var flush: Duration
    /// Until the peer ends its side.
    package var linger: Duration

    package init(
      opening: Duration, stall: Duration, notice: Duration? = nil, flush: Duration = .seconds(10), linger: Duration
    ) {
      (self.opening, self.stall, self.notice, self.flush, self.linger) = (opening, stall, notice, flush, linger)
    }
  }

  package enum State: Hashable, Sendable {
    /// The protocol is not known yet.
    case opening
    /// A request is open.
    case open
    /// No request is open.
    case idle
    /// The connection comes to its end, and open requests are still answered.
    case draining
    /// The output has ended, the peer's has not.
    case lingering
    case closed
  }

  /// An action that the connection's owner takes.
  package enum Action: Hashable, Sendable {
    /// Tell the peer that the connection will end.
    case announce
    /// Tell the peer that no further request is accepted, then report the open requests.
    case refuse
    /// Write the rest, then report `outputFlushed`.
    case endOutput
    /// Close the sending side.
    case closeOutput
    /// Close both sides now.
    case close(Reason)
  }

  /// Why a deadline closes the connection.
  package enum Reason: Hashable, Sendable {
    /// The first bytes did not come.
    case silent
    /// The peer reads nothing.
    case stalled
    /// The last bytes were not written, or the peer did not end its side.
    case lingered
  }

  private enum Phase: Hashable {
    case opening(until: Instant)
    case serving
    /// `until`: when the refusal of requests is due; nil: with the next answer.
    case announced(until: Instant?)
    case refusing
    case flushing(until: Instant)
    case lingering(until: Instant)
    case closed
  }

  private var limits: Limits
  private var phase: Phase {
    didSet { updateDeadline() }
  }
  /// When the stall time-out ends; nil while the peer reads.
  private var stalledAt: Instant? {
    didSet { updateDeadline() }
  }
  /// Requests whose answer is not complete.
  package private(set) var openRequests = 0
  /// Whether a shutdown was asked for: streams that would go on end.
  package private(set) var isShuttingDown = false
  /// When `timePassed` has to be called, at the latest; nil: not before another event.
  package private(set) var deadline: Instant?

  package init(_ limits: Limits, now: Instant) {
    self.limits = limits
    let until = now + limits.opening
    phase = .opening(until: until)
    deadline = until
  }

  package var state: State {
    switch phase {
    case .opening: .opening
    case .serving: openRequests == 0 ? .idle : .open
    case .announced, .refusing, .flushing: .draining
    case .lingering: .lingering
    case .closed: .closed
    }
  }

  /// Whether a request that comes now is answered.
  package var acceptsRequests: Bool {
    switch phase {
    case .opening, .serving, .announced: true
    case .refusing, .flushing, .lingering, .closed: false
    }
  }

  /// Whether the next answer says that the connection will end.
  package var isEnding: Bool {
    switch phase {
    case .opening, .serving: false
    case .announced, .refusing, .flushing, .lingering, .closed: true
    }
  }

  /// Whether the end of the output was asked for: from here on the peer's bytes are ignored.
  package var hasEndedOutput: Bool {
    switch phase {
    case .opening, .serving, .announced, .refusing: false
    case .flushing, .lingering, .closed: true
    }
  }

  /// Whether something may still be written.
  package var canWrite: Bool {
    switch phase {
    case .opening, .serving, .announced, .refusing, .flushing: true
    case .lingering, .closed: false
    }
  }

  // MARK: Events

  /// The first bytes show the protocol, whose limits these are.
  package mutating func opened(_ limits: Limits) {
    guard case .opening = phase else { return }
    self.limits = limits
    phase = .serving
  }

  /// The peer asks for something.
  package mutating func requestOpened() {
    openRequests += 1
  }

  /// The answer to a request is written, or nothing will answer it.
  package mutating func requestEnded(now: @autoclosure () -> Instant) -> Action? {
    hasOpen(max(openRequests - 1, 0), now: now())
  }

  /// Reports how many requests are open, for a connection that keeps its own list of them.
  ///
  /// - Parameters:
  ///   - output: whether something waits to be written; asked only when nothing is open and the end is due.
  ///   - now: asked only when the output ends.
  package mutating func hasOpen(
    _ requests: Int, output: @autoclosure () -> Bool = false, now: @autoclosure () -> Instant
  ) -> Action? {
    openRequests = requests
    guard requests == 0 else { return nil }
    switch phase {
    case .announced(until: nil), .refusing: return output() ? nil : endOutput(now())
    case .opening, .serving, .announced, .flushing, .lingering, .closed: return nil
    }
  }

  /// A shutdown is asked for.
  package mutating func shutDown(now: Instant) -> Action? {
    guard !isShuttingDown else { return nil }
    isShuttingDown = true
    switch phase {
    case .opening: return close(.silent)
    case .serving:
      guard let notice = limits.notice else {
        phase = .announced(until: nil)
        return openRequests == 0 ? endOutput(now) : .announce
      }
      phase = .announced(until: now + notice)
      return .announce
    case .announced, .refusing: return .announce
    case .flushing, .lingering, .closed: return nil
    }
  }

  /// No further request is accepted: an answer says so, or the peer's own last request did, or its bytes cannot be parsed.
  package mutating func refuseRequests(now: Instant) -> Action? {
    switch phase {
    case .opening, .serving, .announced:
      phase = .refusing
      return openRequests == 0 ? endOutput(now) : nil
    case .refusing, .flushing, .lingering, .closed: return nil
    }
  }

  /// The protocol is at its end, even with open requests.
  package mutating func finished(now: Instant) -> Action? {
    hasEndedOutput ? nil : endOutput(now)
  }

  /// The last bytes are handed to the kernel.
  package mutating func outputFlushed(now: Instant) -> Action? {
    guard case .flushing = phase else { return nil }
    phase = .lingering(until: now + limits.linger)
    return .closeOutput
  }

  /// The peer reads too slowly: no more can be written for now.
  package mutating func outputBlocked(now: Instant) {
    guard stalledAt == nil, phase != .closed else { return }
    stalledAt = now + limits.stall
  }

  /// The peer reads again.
  package mutating func outputUnblocked() {
    if stalledAt != nil { stalledAt = nil }
  }

  /// The connection is closed, by either side.
  package mutating func closed() {
    phase = .closed
  }

  /// Reports the time: at `deadline` at the latest, and at any moment before it.
  package mutating func timePassed(now: Instant) -> Action? {
    guard let deadline, now >= deadline else { return nil }
    switch phase {
    case .opening(let until) where now >= until: return close(.silent)
    case .flushing(let until) where now >= until: return close(.lingered)
    case .lingering(let until) where now >= until: return close(.lingered)
    default: break
    }
    if let stalledAt, now >= stalledAt { return close(.stalled) }
    if case .announced(let until?) = phase, now >= until {
      phase = .refusing
      return .refuse
    }
    return nil
  }

  // MARK: Steps

  private mutating func endOutput(_ now: Instant) -> Action {
    phase = .flushing(until: now + limits.flush)
    return .endOutput
  }

  private mutating func close(_ reason: Reason) -> Action {
    phase = .closed
    return .close(reason)
  }

  private mutating func updateDeadline() {
    let until: Instant? =
      switch phase {
      case .opening(let until), .flushing(let until), .lingering(let until): until
      case .announced(let until): until
      case .serving, .refusing: nil
      case .closed: nil
      }
    guard phase != .closed, let stalledAt else {
      deadline = until
      return
    }
    deadline = until.map { min($0, stalledAt) } ?? stalledAt
  }
}

/// The life of one server connection, the same for HTTP/1.1 and HTTP/2: a state machine without I/O and without a
/// clock. The owner reports events with the time; the machine returns actions and the next `deadline`.
///
/// ```
/// opening -> idle <-> open -> draining -> lingering -> closed
/// ```
///
/// Draining has three steps. First the server announces the shutdown, and still accepts requests that are on their way.
/// Then the connection refuses new requests. When no request is open and nothing is left to write, it ends its output,
/// once, and lingers until the peer ends its own. A close with unread bytes of the peer would reset the connection, and
/// the peer would lose bytes that it has not received yet (RFC 9112 section 9.6, of TCP in general).
package struct ConnectionLife: Sendable {
  package typealias Instant = ContinuousClock.Instant

  /// The longest time that a connection may stay in each state.
  package struct Limits: Hashable, Sendable {
    /// From the start of the connection to the bytes that show its protocol.
    package var opening: Duration
    /// While the peer reads nothing.
    package var stall: Duration
    /// Between the announcement of a shutdown and the refusal of requests; nil: the next answer carries the refusal.
    package var notice: Duration?
    /// From the decision to end the output until the last bytes are written.
    package var flush: Duration
    /// From the end of the server's output until the peer ends its own.
    package var linger: Duration

    package init(
      opening: Duration, stall: Duration, notice: Duration? = nil, flush: Duration = .seconds(10), linger: Duration
    ) {
      (self.opening, self.stall, self.notice, self.flush, self.linger) = (opening, stall, notice, flush, linger)
    }
  }

  package enum State: Hashable, Sendable {
    /// The first bytes have not shown the protocol yet.
    case opening
    /// A request is open.
    case open
    /// No request is open.
    case idle
    /// The connection is ending, and the server still answers its open requests.
    case draining
    /// The server's output has ended, the peer's has not.
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

  /// The reason that a deadline closes the connection.
  package enum Reason: Hashable, Sendable {
    /// The first bytes did not come in time.
    case silent
    /// The peer reads nothing.
    case stalled
    /// The server could not write the last bytes in time, or the peer did not end its side in time.
    case lingered
  }

  // Without an end in it: the size of an `Instant` is known at run time alone, which makes an enum of it slow.
  private enum Phase {
    case opening
    case serving
    /// Requests are accepted until the phase ends; without an end, until the next answer.
    case announced
    case refusing
    case flushing
    case lingering
    case closed
  }

  private var phase: Phase
  /// Whether the server may still write. This and the next two are stored, because every read cycle asks them.
  package private(set) var canWrite = true
  /// Whether the owner was asked to end the output: from then on the server ignores the peer's bytes.
  package private(set) var hasEndedOutput = false
  /// Whether there is a `deadline`.
  package private(set) var hasDeadline = true
  /// Whether the peer reads nothing: `stalledAt` is set.
  private var isBlocked = false
  /// Whether the server is shutting down: endless streams end.
  package private(set) var isShuttingDown = false
  /// Requests whose answer is not complete.
  package private(set) var openRequests = 0
  private var limits: Limits
  /// The end of the phase; nil: another event ends the phase.
  private var until: Instant?
  /// The end of the stall time-out; nil while the peer reads.
  private var stalledAt: Instant?
  /// The latest time at which the owner has to call `timePassed`; nil: not before another event.
  package private(set) var deadline: Instant?

  package init(_ limits: Limits, now: Instant) {
    self.limits = limits
    phase = .opening
    until = now + limits.opening
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

  /// Whether the server answers a request that comes now.
  package var acceptsRequests: Bool {
    switch phase {
    case .opening, .serving, .announced: true
    case .refusing, .flushing, .lingering, .closed: false
    }
  }

  /// Whether the next answer tells the peer that the connection will end.
  package var isEnding: Bool {
    switch phase {
    case .opening, .serving: false
    case .announced, .refusing, .flushing, .lingering, .closed: true
    }
  }

  // MARK: Events

  /// The first bytes show the protocol; `limits` are its limits.
  package mutating func opened(_ limits: Limits) {
    guard case .opening = phase else { return }
    self.limits = limits
    enter(.serving)
  }

  /// The peer opens a request.
  package mutating func requestOpened() {
    openRequests += 1
  }

  /// The answer to a request is written, or nothing will answer the request.
  package mutating func requestEnded(now: @autoclosure () -> Instant) -> Action? {
    hasOpen(max(openRequests - 1, 0), now: now())
  }

  /// Reports how many requests are open, for a connection that keeps its own list of them.
  ///
  /// - Parameters:
  ///   - output: whether bytes wait to be written; evaluated only when no request is open and the end is due.
  ///   - now: evaluated only when the output ends.
  package mutating func hasOpen(
    _ requests: Int, output: @autoclosure () -> Bool = false, now: @autoclosure () -> Instant
  ) -> Action? {
    openRequests = requests
    guard requests == 0 else { return nil }
    switch phase {
    case .announced where until != nil: return nil
    case .announced, .refusing: return output() ? nil : endOutput(now())
    case .opening, .serving, .flushing, .lingering, .closed: return nil
    }
  }

  /// The server begins to shut down.
  package mutating func shutDown(now: Instant) -> Action? {
    guard !isShuttingDown else { return nil }
    isShuttingDown = true
    switch phase {
    case .opening: return close(.silent)
    case .serving:
      guard let notice = limits.notice else {
        enter(.announced)
        return openRequests == 0 ? endOutput(now) : .announce
      }
      enter(.announced, until: now + notice)
      return .announce
    case .announced, .refusing: return .announce
    case .flushing, .lingering, .closed: return nil
    }
  }

  /// The connection accepts no further request: an answer told the peer so, the peer sent its last request, or its
  /// bytes cannot be parsed.
  package mutating func refuseRequests(now: Instant) -> Action? {
    switch phase {
    case .opening, .serving, .announced:
      enter(.refusing)
      return openRequests == 0 ? endOutput(now) : nil
    case .refusing, .flushing, .lingering, .closed: return nil
    }
  }

  /// The protocol has ended, even with open requests.
  package mutating func finished(now: Instant) -> Action? {
    hasEndedOutput ? nil : endOutput(now)
  }

  /// The last bytes are in the kernel's hands.
  package mutating func outputFlushed(now: Instant) -> Action? {
    guard case .flushing = phase else { return nil }
    enter(.lingering, until: now + limits.linger)
    return .closeOutput
  }

  /// The peer reads too slowly: the server can write no more for now.
  package mutating func outputBlocked(now: Instant) {
    guard !isBlocked, phase != .closed else { return }
    isBlocked = true
    stalledAt = now + limits.stall
    updateDeadline()
  }

  /// The peer reads again.
  package mutating func outputUnblocked() {
    guard isBlocked else { return }
    isBlocked = false
    stalledAt = nil
    updateDeadline()
  }

  /// The connection is closed, by either side.
  package mutating func closed() {
    enter(.closed)
  }

  /// Reports the time: at `deadline` at the latest, or at any earlier moment.
  package mutating func timePassed(now: Instant) -> Action? {
    guard let deadline, now >= deadline else { return nil }
    let isPhaseOver = until.map { now >= $0 } ?? false
    switch phase {
    case .opening where isPhaseOver: return close(.silent)
    case .flushing where isPhaseOver, .lingering where isPhaseOver: return close(.lingered)
    default: break
    }
    if let stalledAt, now >= stalledAt { return close(.stalled) }
    if case .announced = phase, isPhaseOver {
      enter(.refusing)
      return .refuse
    }
    return nil
  }

  // MARK: Steps

  private mutating func endOutput(_ now: Instant) -> Action {
    enter(.flushing, until: now + limits.flush)
    return .endOutput
  }

  private mutating func close(_ reason: Reason) -> Action {
    enter(.closed)
    return .close(reason)
  }

  private mutating func enter(_ next: Phase, until end: Instant? = nil) {
    phase = next
    until = end
    switch next {
    case .opening, .serving, .announced, .refusing: (canWrite, hasEndedOutput) = (true, false)
    case .flushing: (canWrite, hasEndedOutput) = (true, true)
    case .lingering, .closed: (canWrite, hasEndedOutput) = (false, true)
    }
    updateDeadline()
  }

  private mutating func updateDeadline() {
    if phase != .closed, let stalledAt {
      deadline = until.map { min($0, stalledAt) } ?? stalledAt
    } else {
      deadline = until
    }
    hasDeadline = deadline != nil
  }
}

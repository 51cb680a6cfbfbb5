/// The life of one server connection, the same for HTTP/1.1 and HTTP/2: a state machine without I/O and without a
/// clock. The owner reports events with the time; the machine returns actions and the next `deadline`. Once a second the
/// owner reports what has become of the connection (`Facts`), and the machine judges the limits that are long.
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

  package typealias Limits = ConnectionLimits

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
    /// Tell the peer that the connection will end. During a shutdown, end the endless answers.
    case announce
    /// Ask the peer for a sign of life.
    case ping
    /// End the open requests: their time is over. Then report how many are open.
    case cut
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
  package enum Reason: String, Hashable, Sendable {
    /// The first bytes, or the first SETTINGS, did not come in time.
    case openingTimedOut = "its first bytes did not come in time"
    /// The server ends before the protocol has begun.
    case shutDown = "the server ends"
    /// The head of a request did not come in time.
    case head = "a request's head did not come in time"
    /// A request's body came too slowly.
    case body = "a request's body came too slowly"
    /// The peer reads too slowly, or not at all.
    case stalled = "its peer reads nothing"
    /// The peer did not answer a ping in time.
    case unanswered = "its peer did not answer a ping"
    /// The server could not write the last bytes in time, or the peer did not end its side in time.
    case lingered = "its end took too long"
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
  /// Whether the connection ends when no request is open.
  private var endsWithoutRequests = false
  /// Whether the server is shutting down: endless streams end.
  package private(set) var isShuttingDown = false
  /// Requests whose answer is not complete.
  package private(set) var openRequests = 0
  private var limits: Limits
  /// The latest time at which the owner has to call `timePassed`, when the phase ends; nil: not before another event.
  package private(set) var deadline: Instant?
  /// The limits that are judged once a second.
  private var watch: ConnectionWatch

  package init(_ limits: Limits, now: Instant) {
    self.limits = limits
    phase = .opening
    deadline = now + limits.opening
    watch = ConnectionWatch(now: now)
  }

  /// Whether the connection has no request and is not ending: it may make room for another.
  package var isIdle: Bool {
    switch phase {
    case .opening, .serving: openRequests == 0
    case .announced, .refusing, .flushing, .lingering, .closed: false
    }
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
  package mutating func chose(_ limits: Limits) {
    self.limits = limits
  }

  /// The protocol has begun: requests may come.
  package mutating func opened() {
    guard case .opening = phase else { return }
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

  /// Reports how many requests are open. Returns whether that may be the end of the connection: the owner then calls
  /// `hasOpen`.
  package mutating func setOpen(_ requests: Int) -> Bool {
    openRequests = requests
    return requests == 0 && endsWithoutRequests
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
    case .announced where hasDeadline: return nil
    case .announced, .refusing: return output() ? nil : endOutput(now())
    case .opening, .serving, .flushing, .lingering, .closed: return nil
    }
  }

  /// The server begins to shut down.
  package mutating func shutDown(now: Instant) -> Action? {
    guard !isShuttingDown else { return nil }
    isShuttingDown = true
    switch phase {
    case .opening: return close(.shutDown)
    case .serving: return announce(now)
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

  /// The connection is closed, by either side.
  package mutating func closed() {
    enter(.closed)
  }

  /// Reports the time: at `deadline` at the latest, or at any earlier moment.
  package mutating func timePassed(now: Instant) -> Action? {
    guard let deadline, now >= deadline else { return nil }
    switch phase {
    case .opening: return close(.openingTimedOut)
    case .flushing, .lingering: return close(.lingered)
    case .announced:
      enter(.refusing)
      return .refuse
    case .serving, .refusing, .closed: return nil
    }
  }

  // MARK: Steps

  private mutating func announce(_ now: Instant) -> Action {
    guard let notice = limits.notice else {
      enter(.announced)
      return openRequests == 0 ? endOutput(now) : .announce
    }
    enter(.announced, until: now + notice)
    return .announce
  }

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
    deadline = end
    hasDeadline = end != nil
    endsWithoutRequests = next == .announced || next == .refusing
    switch next {
    case .opening, .serving, .announced, .refusing: (canWrite, hasEndedOutput) = (true, false)
    case .flushing: (canWrite, hasEndedOutput) = (true, true)
    case .lingering, .closed: (canWrite, hasEndedOutput) = (false, true)
    }
  }
}

extension ConnectionLife {
  /// Reports the facts of a connection; the owner does so once a second.
  ///
  /// - Parameter counts: counts the limits for which the peer is asked to go and its requests are cut; nil: nothing does.
  package mutating func secondPassed(_ facts: ConnectionFacts, _ counts: LimitCounts? = nil, now: Instant) -> Action? {
    if phase == .closed { return nil }
    let mayPing = if case .serving = phase { true } else { false }
    let verdict = watch.judge(facts, limits, openRequests: openRequests, mayPing: mayPing, now: now)
    if case .slow(let reason) = verdict { return close(reason) }
    switch phase {
    case .serving: break
    case .announced, .refusing:
      guard watch.isOverGrace(limits, now: now) else { return nil }
      if openRequests > 0 { counts?.count(.maxAgeGrace) }
      return .cut
    case .opening, .flushing, .lingering, .closed: return nil
    }
    switch verdict {
    case .ping: return .ping
    case .idle, .old:
      counts?.count(verdict == .idle ? .idleTime : .maxAge)
      return announce(now)
    case .slow, nil: return nil
    }
  }
}

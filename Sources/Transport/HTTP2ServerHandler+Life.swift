import HTTP
import HTTP2
import NIOCore

/// The steps that the connection's life asks for, and the timer of its deadlines.
extension HTTP2ServerHandler {
  func act(on action: ConnectionLife.Action?) {
    switch action {
    case .announce:
      session.announceShutdown()
      if life.isShuttingDown { streams.shutDown() }
      pump()
    case .ping:
      session.ping()
      pump()
    case .cut:
      streams.cut()
      pump()
    case .refuse:
      session.goAway(.noError)
      pump()
    case .endOutput: endOutput()
    case .closeOutput:
      context?.close(mode: .output, promise: nil)
      if backlog.releaseRead() { context?.read() }
    case .close(let reason):
      if let limit = reason.limit { core.note(limit, "connection closed: \(reason.rawValue)") }
      close(resetsBodies: reason == .stalled)
    case nil: return
    }
    armTimer()
  }

  /// Ends the output after the bytes that are already written.
  private func endOutput() {
    guard let context else { return }
    backlog.dropUnread()
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      let handler = bound.value
      guard let context = handler.context, context.channel.isActive else { return }
      handler.act(on: handler.life.outputFlushed(now: .now))
    }
  }

  /// - Parameter resetsBodies: whether to reset streamed answers, as far as the resets can be written: such answers
  ///   are incomplete.
  /// - Parameter isOrderly: whether the end is a plain one, and no reset.
  func close(resetsBodies: Bool, isOrderly: Bool = true) {
    life.closed()
    if resetsBodies, let context, context.channel.isActive, !isPumping, streams.resetBodies() {
      let buffer = try? loop.fill(isLarge: true) { span throws(SessionError) in _ = try session.fill(&span) }
      if let buffer { context.writeAndFlush(wrapOutboundOut(buffer), promise: nil) }
    }
    context?.closeAtOnce(isOrderly: isOrderly)
  }

  /// Arms one timer for the earliest deadline of the connection and its calls.
  func armTimer() {
    let deadline: ContinuousClock.Instant
    switch (life.deadline, streams.earliestDeadline) {
    case (let first?, let second?): deadline = min(first, second)
    case (let first?, nil): deadline = first
    case (nil, let second?): deadline = second
    case (nil, nil): return
    }
    guard timer.isLate(for: deadline), let context, context.channel.isActive else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    timer.arm(for: deadline, on: loop.eventLoop) { bound.value.deadlinePassed() }
  }

  private func deadlinePassed() {
    timer.fired()
    let now = ContinuousClock.now
    let isAny = streams.endOverdue(now: now)
    act(on: life.timePassed(now: now))
    if isAny { pump() }
    armTimer()
  }
}

import HTTP
import NIOCore

/// The steps that the connection's life asks for, and the timer of its deadlines.
extension HTTP1ServerHandler {
  func shutDown() { act(on: life.shutDown(now: .now)) }

  // After an orderly end the client would take a cut answer for complete.
  func abort() { abort(resets: writer.endsWithConnection && life.openRequests > 0) }

  func abort(resets: Bool) {
    guard let context else { return }
    if resets { context.channel.resetsAtClose() }
    life.closed()
    context.closeAtOnce(isOrderly: !resets)
  }

  func act(on action: ConnectionLife.Action?) {
    switch action {
    // The next answer tells the client that the connection closes.
    case .announce:
      if life.isShuttingDown { writer.endIfEndless() }
      advance()
    case .cut: abort()
    case .endOutput: endOutput()
    case .closeOutput: if let context, context.channel.isActive { context.close(mode: .output, promise: nil) }
    case .close(let reason):
      if let limit = reason.limit { core.note(limit, "connection closed: \(reason.rawValue)") }
      abort()
    case .refuse, .ping, nil: return
    }
    armTimer()
  }

  /// Ends the output after the bytes that are already written: the end of TLS may close the connection with them.
  private func endOutput() {
    guard let context else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
      let handler = bound.value
      guard handler.context?.channel.isActive == true else { return }
      handler.act(on: handler.life.outputFlushed(now: .now))
    }
  }

  private func armTimer() {
    guard let deadline = life.deadline, timer.isLate(for: deadline), context?.channel.isActive == true else { return }
    let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
    timer.arm(for: deadline, on: loop.eventLoop) {
      let handler = bound.value
      handler.timer.fired()
      handler.act(on: handler.life.timePassed(now: .now))
      handler.armTimer()
    }
  }
}

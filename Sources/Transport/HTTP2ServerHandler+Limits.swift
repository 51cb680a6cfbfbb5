import HTTP
import HTTP2
import Logging
import NIOCore
import Synchronization

/// The limits that a connection meets once a second, and its share of the memory.
extension HTTP2ServerHandler {
  func tick(now: ContinuousClock.Instant) {
    guard let context else { return }
    let isWritable = context.channel.isWritable
    let ended = streams.endSlow(canWrite: isWritable && session.connectionWindow > 0, now: loop.milliseconds)
    output.secondPassed(context.channel, isWaiting: streams.heldBytes > 0)
    act(on: life.secondPassed(facts(isWritable: isWritable), core.limits, now: now))
    if ended { pump() } else { wake() }
    if streams.memory.hasWaiting { pump() }
  }

  private func facts(isWritable: Bool) -> ConnectionFacts {
    var facts = ConnectionFacts()
    facts.received = session.receivedBytes
    facts.sent = output.taken
    facts.isBlocked = !isWritable || (session.connectionWindow <= 0 && streams.hasOutput)
    // A stream of its own judges its body.
    if session.partialInput.head || (session.partialInput.body && session.open.isEmpty) {
      facts.partialHead = session.frameNumber
    }
    facts.signsOfLife = session.signsOfLife
    facts.pingsAnswered = session.pingsAnswered
    return facts
  }

  var peer: Peer { admission.peer }
  var place: ConnectionTable.Place { admission.place }
  var idleSince: Int? { life.isIdle ? lastActive : nil }
  var isNew: Bool { session.signsOfLife == 0 }
  var isSlow: Bool { output.isSlow }

  func makeRoom() {
    core.note(.connections, LoopState.gaveWay)
    session.goAway(.noError)
    pump()
    close(resetsBodies: false)
  }

  func shed() {
    core.note(.memory, "connection closed: all together hold too much memory", ["bytes": "\(memory)"])
    if let context { context.channel.resetsAtClose() }
    close(resetsBodies: false, isOrderly: false)
  }

  /// Ends a session whose client breaks a rule.
  func endForFault() {
    guard let fault = session.fault, !isFaultCounted else { return }
    isFaultCounted = true
    core.note(fault.limit, "connection ended: its client breaks a limit", ["error": "\(fault.text)"])
    pump()
  }

  /// Counts the streams that the session refused.
  func noteRefused() {
    core.note(.streams, times: session.refusedCount - refusedCount, "streams refused: their connection has too many")
    refusedCount = session.refusedCount
  }

  /// Counts the answers whose head is too large to be sent: their streams were reset.
  func noteUnsendable() {
    core.unsendable.add(session.unsendableCount - unsendableCount, ordering: .relaxed)
    unsendableCount = session.unsendableCount
    core.logger.warning("an answer could not be sent: its head is too large")
  }

  /// Counts the connection's bytes against the memory of all.
  func charge(_ channel: any Channel) {
    let held = streams.heldBytes + (channel.isWritable ? 0 : output.held(channel))
    guard held != memory else { return }
    core.memory.change(from: memory, to: held)
    let isMore = held > memory
    memory = held
    if isMore, core.memory.isSpent { loop.shed(core.memory) }
  }
}

import HTTP
import NIOCore

/// Turns: between two looks at its sockets and timers an event loop works for at most 0.4 ms; the rest goes on in later
/// turns, first come, first served. So do rounds over all connections.
extension LoopState {
  enum Step {
    /// Go on with the work that an earlier turn left.
    case goOn
    /// Something changed.
    case wake
    /// A second went by.
    case tick(ContinuousClock.Instant)

    var isOfRound: Bool { if case .goOn = self { false } else { true } }
  }

  static let turn = TimeAmount.microseconds(400)
  /// NIO runs tasks until none is due before it looks at its sockets again, those that are added meanwhile too: only a
  /// task that is not due yet lets the sockets have their turn.
  static let pause = TimeAmount.microseconds(20)

  /// Whether the rest of the work has to wait for a later turn. A turn begins with the first call.
  func isTurnOver() -> Bool {
    let now = NIODeadline.now()
    if let turnEnd { return now >= turnEnd }
    turnEnd = now + Self.turn
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    // Runs when everything that the sockets had was handled.
    eventLoop.execute { bound.value.turnEnd = nil }
    return false
  }

  /// Asks the streams that wait for a change.
  func wake() {
    begin(.wake)
  }

  /// Once a second.
  func tick(now: ContinuousClock.Instant) {
    date = HTTPDate.now()
    begin(.tick(now))
  }

  /// `connection` is asked to go on in a later turn.
  func later(_ connection: any ServerConnection) {
    steps.append((connection, .goOn))
    schedule()
  }

  /// A round begins at once, or after the one that is on its way.
  private func begin(_ round: Step) {
    if leftOfRound > 0 || isInTurn {
      if case .tick? = nextRound {} else { nextRound = round }
      return
    }
    add(round)
    take()
  }

  private func add(_ round: Step) {
    leftOfRound = connections.count
    for connection in connections.values { steps.append((connection, round)) }
  }

  private func schedule() {
    guard !isScheduled, !isInTurn else { return }
    isScheduled = true
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    eventLoop.scheduleTask(in: Self.pause) {
      bound.value.isScheduled = false
      bound.value.take()
    }
  }

  /// One turn.
  private func take() {
    isInTurn = true
    turnEnd = .now() + Self.turn
    // Steps that are added meanwhile wait for the next turn.
    let count = steps.count
    var done = 0
    while done < count {
      let (connection, step) = steps[done]
      done += 1
      if step.isOfRound { leftOfRound -= 1 }
      switch step {
      case .goOn: connection.goOn()
      case .wake: connection.wake()
      case .tick(let now): connection.tick(now: now)
      }
      if isTurnOver() { break }
    }
    steps.removeFirst(done)
    if leftOfRound == 0, let round = nextRound {
      nextRound = nil
      add(round)
    }
    isInTurn = false
    turnEnd = nil
    if !steps.isEmpty { schedule() }
  }
}

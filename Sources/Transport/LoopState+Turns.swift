import HTTP
import NIOCore

/// Turns and rounds. An event loop works for at most 0.4 ms between two looks at its sockets and timers, and leaves the
/// rest for later turns, first come, first served. A round over all connections is split into turns, too.
extension LoopState {
  enum Step {
    /// The connection goes on with the work that an earlier turn left.
    case goOn
    /// Something that streams wait for has changed: the connection asks these streams.
    case wake
    /// A second has passed.
    case tick(ContinuousClock.Instant)

    var isOfRound: Bool { if case .goOn = self { false } else { true } }
  }

  static let turn = TimeAmount.microseconds(400)
  /// The pause before the next turn. NIO runs due tasks, also tasks added meanwhile, until none is left, and only then
  /// looks at its sockets: a task that is not due yet gives the sockets their turn.
  static let pause = TimeAmount.microseconds(20)

  /// Whether the rest of the work has to wait for a later turn. The first call begins a turn.
  func isTurnOver() -> Bool {
    let now = NIODeadline.now()
    if let turnEnd { return now >= turnEnd }
    turnEnd = now + Self.turn
    let bound = NIOLoopBound(self, eventLoop: eventLoop)
    // NIO runs this after it has handled everything that the sockets had.
    eventLoop.execute { bound.value.turnEnd = nil }
    return false
  }

  /// The time of the present turn in milliseconds, from any start.
  var milliseconds: Int { turnEnd == nil ? Self.milliseconds(.now() + Self.turn) : turnMilliseconds }

  static func milliseconds(_ time: NIODeadline) -> Int { Int(time.uptimeNanoseconds / 1_000_000) }

  /// Begins a round that asks the streams that wait for a change.
  func wake() {
    begin(.wake)
  }

  /// Begins the round of a new second.
  func tick(now: ContinuousClock.Instant) {
    date = HTTPDate.now()
    handshakes.tick(now: milliseconds)
    begin(.tick(now))
  }

  /// Makes `connection` go on in a later turn.
  func later(_ connection: any ServerConnection) {
    steps.append((connection, .goOn))
    schedule()
  }

  /// Begins a round at once, or after the round that is still running.
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

  /// Runs one turn.
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

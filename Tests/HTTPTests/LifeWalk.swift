import Testing

@testable import HTTP

/// Leads connections through random lives, one after another, and checks what holds in all of them.
struct LifeWalk {
  private let limits: ConnectionLife.Limits
  private var now: ContinuousClock.Instant
  private var life: ConnectionLife
  /// Actions of this life.
  private var actions: [ConnectionLife.Action] = []
  /// The requests of this life that are open.
  private var requests = 0
  private var lingersSince: ContinuousClock.Instant?
  private var facts = ConnectionFacts()
  /// The first report since which the peer took too little, and what it had taken then.
  private var blocked: (since: ContinuousClock.Instant, sent: Int)?
  private(set) var lives = 1

  init(_ limits: ConnectionLife.Limits, start: ContinuousClock.Instant) {
    (self.limits, now) = (limits, start)
    life = ConnectionLife(limits, now: start)
  }

  mutating func step(_ random: inout SplitMix) {
    let before = life
    let action = event(&random)
    if let action { actions.append(action) }
    check(before, action)
    if life.state == .lingering, lingersSince == nil { lingersSince = now }
    if life.state == .closed, Int.random(in: 0..<4, using: &random) == 0 {
      self = LifeWalk(limits, start: now, lives: lives + 1)
    }
  }

  private init(_ limits: ConnectionLife.Limits, start: ContinuousClock.Instant, lives: Int) {
    self.init(limits, start: start)
    self.lives = lives
  }

  /// Whether the owner counts its requests in the connection's life, as HTTP/1.1 does; else it keeps its own list.
  private var isOneStep: Bool { limits.notice == nil }

  private mutating func reportOpen(_ random: inout SplitMix) -> ConnectionLife.Action? {
    life.hasOpen(requests, output: Bool.random(using: &random), now: now)
  }

  private mutating func event(_ random: inout SplitMix) -> ConnectionLife.Action? {
    switch Int.random(in: 0..<24, using: &random) {
    case 0: return life.shutDown(now: now)
    case 1: return life.refuseRequests(now: now)
    case 2 where Bool.random(using: &random): return life.finished(now: now)
    case 3: return life.outputFlushed(now: now)
    case 4...5: facts.isBlocked = Bool.random(using: &random)
    case 6: facts.sent += Int.random(in: 0..<200_000, using: &random)
    case 7: facts.partialHead = Bool.random(using: &random) ? Int.random(in: 0..<3, using: &random) : nil
    case 8 where Int.random(in: 0..<8, using: &random) == 0: life.closed()
    case 9...10:
      life.chose(limits)
      life.opened()
    case 11...13:
      guard life.acceptsRequests else { return isOneStep ? nil : reportOpen(&random) }
      requests += 1
      if !isOneStep { return reportOpen(&random) }
      life.requestOpened()
    case 14...17:
      requests = max(requests - 1, 0)
      return isOneStep ? life.requestEnded(now: now) : reportOpen(&random)
    default:
      now += .milliseconds(Int.random(in: 0..<3_000, using: &random))
      if let action = life.timePassed(now: now) { return action }
      let action = life.secondPassed(facts, now: now)
      noteReport()
      return action
    }
    return nil
  }

  private mutating func noteReport() {
    guard facts.isBlocked else { return blocked = nil }
    if let blocked, facts.sent - blocked.sent < limits.read.bytes { return }
    blocked = (now, facts.sent)
  }

  private func check(_ before: ConnectionLife, _ action: ConnectionLife.Action?) {
    #expect(life.openRequests == requests, "the life counts the requests that are open")
    if before.state == .closed {
      #expect(life.state == .closed && action == nil, "closed is final")
    }
    if life.state == .closed { #expect(life.deadline == nil && !life.canWrite && !life.acceptsRequests) }
    #expect(before.acceptsRequests || !life.acceptsRequests, "what was refused stays refused")
    #expect(!before.isEnding || life.isEnding)
    #expect(!before.hasEndedOutput || life.hasEndedOutput)
    #expect(!life.acceptsRequests || !life.hasEndedOutput, "nothing is accepted after the last word")
    for once in [ConnectionLife.Action.refuse, .endOutput, .closeOutput] {
      #expect(actions.count { $0 == once } <= 1, "\(once) is asked once in a life")
    }
    #expect(actions.count { $0 == .announce } <= 2, "an end is announced for age or idleness, and for a shutdown")
    if let blocked, before.state != .closed, life.state != .closed {
      #expect(now - blocked.since < .milliseconds(limits.read.window), "a peer that takes too little is cut")
    }
    // Each step comes after the one before it.
    if action == .closeOutput { #expect(actions.contains(.endOutput) && life.state == .lingering) }
    if action == .refuse { #expect(actions.contains(.announce)) }
    if case .close? = action { #expect(life.state == .closed) }
    if action == .endOutput { #expect(!before.hasEndedOutput && life.hasEndedOutput && life.canWrite) }
    checkDeadlines(before, action)
  }

  private func checkDeadlines(_ before: ConnectionLife, _ action: ConnectionLife.Action?) {
    // A deadline that is reached is handled by the first report of the time; a refusal may uncover another one.
    if let deadline = before.deadline, deadline <= now, life.deadline == deadline {
      #expect(life.timePassed(at: now) != nil, "a deadline that has passed has something to do")
    }
    switch life.state {
    case .opening: #expect(life.deadline != nil)
    case .idle, .open: #expect(life.deadline == nil)
    case .draining: if life.hasEndedOutput { #expect(life.deadline != nil) }
    case .lingering:
      if let lingersSince { #expect(life.deadline! <= lingersSince + limits.linger, "lingering ends in time") }
    case .closed: break
    }
  }
}

extension ConnectionLife {
  /// What the time would bring, without bringing it.
  fileprivate func timePassed(at now: Instant) -> Action? {
    var copy = self
    return copy.timePassed(now: now)
  }
}

/// A small generator with a seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

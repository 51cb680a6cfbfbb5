import Testing

@testable import HTTP

@Suite struct ConnectionLifeTests {
  private let start = ContinuousClock.now
  private let twoSteps = ConnectionLife.Limits(
    opening: .seconds(10), notice: .milliseconds(100), flush: .seconds(5), linger: .seconds(2))
  private let oneStep = ConnectionLife.Limits(opening: .seconds(10), linger: .seconds(2))

  private func opened(_ limits: ConnectionLife.Limits, requests: Int = 0) -> ConnectionLife {
    var life = ConnectionLife(limits, now: start)
    life.opened()
    #expect(life.hasOpen(requests, now: start) == nil)
    return life
  }

  // MARK: Opening

  @Test func `a connection is opening until its first bytes show the protocol`() {
    var life = ConnectionLife(oneStep, now: start)
    #expect(life.state == .opening && life.deadline == start + .seconds(10))
    #expect(life.timePassed(now: start + .seconds(9)) == nil)
    life.chose(twoSteps)
    #expect(life.state == .opening)
    life.opened()
    #expect(life.state == .idle && life.deadline == nil && life.acceptsRequests)
  }

  @Test func `a connection that sends nothing is closed in time`() {
    var life = ConnectionLife(oneStep, now: start)
    #expect(life.timePassed(now: start + .seconds(10)) == .close(.openingTimedOut))
    #expect(life.state == .closed && life.deadline == nil)
  }

  @Test func `a shutdown closes a connection whose protocol is not known`() {
    var life = ConnectionLife(oneStep, now: start)
    #expect(life.shutDown(now: start) == .close(.openingTimedOut))
    #expect(life.state == .closed)
  }

  // MARK: Open and idle

  @Test func `a connection is open while a request is, else idle`() {
    var life = opened(twoSteps)
    #expect(life.state == .idle)
    #expect(life.hasOpen(2, now: start) == nil && life.state == .open && life.openRequests == 2)
    #expect(life.hasOpen(0, now: start) == nil && life.state == .idle)
    #expect(life.deadline == nil && !life.isEnding)
  }

  // MARK: Long limits

  private func blocked(sent: Int) -> ConnectionFacts {
    var facts = ConnectionFacts()
    (facts.isBlocked, facts.sent) = (true, sent)
    return facts
  }

  /// The first action within `seconds` of reports, one a second, and its second.
  private func firstAction(
    of life: inout ConnectionLife, within seconds: Int, _ facts: (Int) -> ConnectionFacts
  ) -> (action: ConnectionLife.Action, second: Int)? {
    for second in 0...seconds {
      if let action = life.secondPassed(facts(second), now: start + .seconds(second)) { return (action, second) }
    }
    return nil
  }

  @Test(arguments: [0, 1, 512]) func `a peer that takes less than the least rate is cut after a window`(rate: Int) {
    var life = opened(twoSteps, requests: 1)
    let end = firstAction(of: &life, within: 200) { blocked(sent: $0 * rate) }
    #expect(end?.action == .close(.stalled) && end?.second == 60)
    #expect(life.state == .closed)
  }

  @Test(arguments: [1_100, 400_000]) func `a peer that reads slowly without a pause is never cut`(rate: Int) {
    var life = opened(oneStep, requests: 1)
    #expect(firstAction(of: &life, within: 2_000) { blocked(sent: $0 * rate) } == nil)
  }

  @Test func `a peer that pauses for less than a window and then reads is not cut`() {
    var life = opened(oneStep, requests: 1)
    #expect(firstAction(of: &life, within: 2_000) { blocked(sent: $0 / 50 * 100_000) } == nil)
  }

  @Test func `a peer that reads nothing is cut while its connection drains and while its output ends`() {
    var life = opened(twoSteps, requests: 1)
    #expect(life.secondPassed(blocked(sent: 0), now: start) == nil)
    #expect(life.shutDown(now: start) == .announce)
    #expect(life.timePassed(now: start + .seconds(1)) == .refuse)
    #expect(life.finished(now: start + .seconds(58)) == .endOutput)
    #expect(life.secondPassed(blocked(sent: 0), now: start + .seconds(60)) == .close(.stalled))
  }

  @Test func `a head that does not end is cut, and heads that follow each other are not`() {
    var facts = ConnectionFacts()
    facts.partialHead = 1
    var life = opened(oneStep)
    let end = firstAction(of: &life, within: 100) { _ in facts }
    #expect(end?.action == .close(.head) && end?.second == 10)
    var other = opened(oneStep)
    let none = firstAction(of: &other, within: 250) { second in
      var facts = ConnectionFacts()
      (facts.partialHead, facts.signsOfLife) = (second, second)
      return facts
    }
    #expect(none == nil)
  }

  @Test func `a body that trickles is cut after a window`() {
    var life = opened(oneStep, requests: 1)
    let end = firstAction(of: &life, within: 100) { second in
      var facts = ConnectionFacts()
      (facts.hasPartialBody, facts.received) = (true, second)
      return facts
    }
    #expect(end?.action == .close(.body) && end?.second == 30)
  }

  @Test func `an idle connection ends, announced where the protocol can`() {
    var first = opened(twoSteps)
    let announced = firstAction(of: &first, within: 1_000) { _ in ConnectionFacts() }
    #expect(announced?.action == .announce && announced?.second == 300)
    #expect(first.timePassed(now: start + .seconds(301)) == .refuse)
    var second = opened(oneStep)
    let ended = firstAction(of: &second, within: 1_000) { _ in ConnectionFacts() }
    #expect(ended?.action == .endOutput && ended?.second == 300)
  }

  @Test func `a connection with an open request or with pings is not idle`() {
    var busy = opened(oneStep, requests: 1)
    #expect(firstAction(of: &busy, within: 4_000) { _ in ConnectionFacts() } == nil)
    #expect(!busy.isIdle)
    var pinging = opened(twoSteps)
    let none = firstAction(of: &pinging, within: 4_000) { second in
      var facts = ConnectionFacts()
      facts.signsOfLife = second / 200
      return facts
    }
    #expect(none == nil)
  }

  @Test func `a silent peer with open requests is pinged, and cut when it does not answer`() {
    var limits = twoSteps
    limits.keepalive = .seconds(60)
    var life = opened(limits, requests: 1)
    #expect(firstAction(of: &life, within: 59) { _ in ConnectionFacts() } == nil)
    #expect(life.secondPassed(ConnectionFacts(), now: start + .seconds(60)) == .ping)
    #expect(life.secondPassed(ConnectionFacts(), now: start + .seconds(79)) == nil)
    var answered = life
    var facts = ConnectionFacts()
    (facts.received, facts.pingsAnswered) = (17, 1)
    #expect(answered.secondPassed(facts, now: start + .seconds(80)) == nil)
    #expect(answered.secondPassed(facts, now: start + .seconds(139)) == nil)
    #expect(answered.secondPassed(facts, now: start + .seconds(140)) == .ping)
    #expect(life.secondPassed(ConnectionFacts(), now: start + .seconds(80)) == .close(.unanswered))
  }

  @Test func `a peer that takes bytes is alive without an answer to a ping, and a draining one is not pinged`() {
    var limits = twoSteps
    limits.keepalive = .seconds(60)
    var reading = opened(limits, requests: 1)
    let none = firstAction(of: &reading, within: 1_000) { second in
      var facts = ConnectionFacts()
      facts.sent = second / 50 * 1_000
      return facts
    }
    #expect(none == nil)
    var draining = opened(limits, requests: 1)
    #expect(draining.refuseRequests(now: start) == nil)
    #expect(firstAction(of: &draining, within: 1_000) { _ in ConnectionFacts() } == nil)
  }

  @Test func `an old connection is asked to go, and its requests are cut after the grace`() {
    var limits = twoSteps
    (limits.age, limits.ageGrace) = (.seconds(100), .seconds(20))
    var life = opened(limits, requests: 1)
    let old = firstAction(of: &life, within: 200) { _ in ConnectionFacts() }
    #expect(old?.action == .announce && old?.second == 100 && !life.isShuttingDown && life.acceptsRequests)
    #expect(life.timePassed(now: start + .seconds(101)) == .refuse)
    #expect(life.secondPassed(ConnectionFacts(), now: start + .seconds(119)) == nil)
    #expect(life.secondPassed(ConnectionFacts(), now: start + .seconds(120)) == .cut)
    #expect(life.hasOpen(0, now: start + .seconds(120)) == .endOutput)
  }

  @Test func `only a connection without a request that is not ending is idle`() {
    var idle = opened(oneStep)
    #expect(idle.isIdle)
    #expect(idle.refuseRequests(now: start) == .endOutput && !idle.isIdle)
    #expect(!opened(oneStep, requests: 1).isIdle)
    #expect(ConnectionLife(oneStep, now: start).isIdle)
  }

  // MARK: Draining in two steps

  @Test func `a shutdown is announced, and requests on their way are accepted until the refusal`() {
    var life = opened(twoSteps)
    #expect(life.shutDown(now: start) == .announce)
    #expect(life.state == .draining && life.acceptsRequests && life.isEnding && !life.hasEndedOutput)
    #expect(life.hasOpen(1, now: start) == nil && life.hasOpen(0, now: start) == nil)
    #expect(life.timePassed(now: start + .milliseconds(99)) == nil)
    #expect(life.timePassed(now: start + .milliseconds(100)) == .refuse)
    #expect(life.state == .draining && !life.acceptsRequests && life.deadline == nil)
  }

  @Test func `the output ends when nothing is open and nothing is left to write`() {
    var life = opened(twoSteps, requests: 1)
    #expect(life.shutDown(now: start) == .announce)
    #expect(life.timePassed(now: start + .seconds(1)) == .refuse)
    #expect(life.hasOpen(1, now: start) == nil)
    #expect(life.hasOpen(0, output: true, now: start) == nil)
    #expect(life.hasOpen(0, now: start + .seconds(2)) == .endOutput)
    #expect(life.state == .draining && life.hasEndedOutput && life.canWrite)
    #expect(life.deadline == start + .seconds(7))
    #expect(life.hasOpen(0, now: start + .seconds(2)) == nil)
  }

  @Test func `a second shutdown changes nothing`() {
    var life = opened(twoSteps, requests: 1)
    #expect(life.shutDown(now: start) == .announce)
    #expect(life.shutDown(now: start + .milliseconds(50)) == nil)
    #expect(life.deadline == start + .milliseconds(100))
  }

  // MARK: Draining in one step

  @Test func `an idle connection without a shutdown notice ends its output at once`() {
    var life = opened(oneStep)
    #expect(life.shutDown(now: start) == .endOutput)
    #expect(life.state == .draining && life.hasEndedOutput)
  }

  @Test func `an open connection without a shutdown notice ends with its request`() {
    var life = opened(oneStep, requests: 1)
    #expect(life.shutDown(now: start) == .announce)
    #expect(life.acceptsRequests && life.isEnding && life.deadline == nil)
    #expect(life.hasOpen(2, now: start) == nil && life.hasOpen(1, now: start) == nil)
    #expect(life.hasOpen(0, now: start) == .endOutput)
  }

  @Test func `the last request of a connection is answered before the output ends`() {
    var life = opened(oneStep, requests: 1)
    #expect(life.refuseRequests(now: start) == nil)
    #expect(!life.acceptsRequests && life.isEnding && life.state == .draining)
    #expect(life.refuseRequests(now: start) == nil)
    #expect(life.requestEnded(now: start) == .endOutput)
  }

  @Test func `a shutdown reaches a connection that answers its last request`() {
    var life = opened(oneStep, requests: 1)
    #expect(life.refuseRequests(now: start) == nil && !life.isShuttingDown)
    #expect(life.shutDown(now: start) == .announce && life.isShuttingDown)
    #expect(life.shutDown(now: start) == nil)
    #expect(life.requestEnded(now: start) == .endOutput)
  }

  @Test func `a connection counts its open requests one by one`() {
    var life = opened(oneStep)
    life.requestOpened()
    life.requestOpened()
    #expect(life.openRequests == 2 && life.state == .open)
    #expect(life.requestEnded(now: start) == nil && life.state == .open)
    #expect(life.requestEnded(now: start) == nil && life.state == .idle)
    #expect(life.requestEnded(now: start) == nil && life.openRequests == 0)
  }

  @Test func `malformed bytes end an idle connection's output`() {
    var life = opened(oneStep)
    #expect(life.refuseRequests(now: start) == .endOutput)
  }

  @Test func `a protocol that has ended ends the output once, even with open requests`() {
    var life = opened(twoSteps, requests: 3)
    #expect(life.finished(now: start) == .endOutput)
    #expect(life.finished(now: start) == nil && life.hasOpen(0, now: start) == nil)
  }

  // MARK: Lingering and closed

  @Test func `a flushed output is closed and the connection lingers`() {
    var life = opened(oneStep)
    #expect(life.outputFlushed(now: start) == nil)
    #expect(life.refuseRequests(now: start) == .endOutput)
    #expect(life.outputFlushed(now: start + .seconds(1)) == .closeOutput)
    #expect(life.state == .lingering && !life.canWrite && life.deadline == start + .seconds(3))
    #expect(life.outputFlushed(now: start + .seconds(1)) == nil)
    #expect(life.timePassed(now: start + .seconds(3)) == .close(.lingered))
  }

  @Test func `an output that is never flushed closes the connection`() {
    var life = opened(twoSteps)
    #expect(life.finished(now: start) == .endOutput)
    #expect(life.timePassed(now: start + .seconds(5)) == .close(.lingered))
  }

  @Test func `a closed connection stays closed`() {
    var life = opened(twoSteps, requests: 1)
    life.closed()
    life.chose(oneStep)
    life.opened()
    #expect(life.secondPassed(blocked(sent: 0), now: start) == nil)
    let later = start + .seconds(1_000)
    #expect(life.shutDown(now: later) == nil && life.refuseRequests(now: later) == nil)
    #expect(life.finished(now: later) == nil && life.outputFlushed(now: later) == nil)
    #expect(life.hasOpen(0, now: later) == nil && life.timePassed(now: later) == nil)
    #expect(life.state == .closed && life.deadline == nil)
  }

  // MARK: Walks

  @Test(arguments: 0..<40) func `a connection keeps every promise over a random walk`(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    var walk = LifeWalk(seed % 2 == 0 ? twoSteps : oneStep, start: start)
    for _ in 0..<2_000 { walk.step(&random) }
    #expect(walk.lives > 10)
  }
}

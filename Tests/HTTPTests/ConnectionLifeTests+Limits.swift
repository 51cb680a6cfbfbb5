import Testing

@testable import HTTP

/// The limits that are judged once a second.
extension ConnectionLifeTests {
  func blocked(sent: Int) -> ConnectionFacts {
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
}

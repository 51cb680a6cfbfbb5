import Testing

@testable import HTTP

@Suite struct ConnectionLifeTests {
  let start = ContinuousClock.now
  let twoSteps = ConnectionLife.Limits(
    opening: .seconds(10), notice: .milliseconds(100), flush: .seconds(5), linger: .seconds(2))
  let oneStep = ConnectionLife.Limits(opening: .seconds(10), linger: .seconds(2))

  func opened(_ limits: ConnectionLife.Limits, requests: Int = 0) -> ConnectionLife {
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
    #expect(life.shutDown(now: start) == .close(.shutDown))
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

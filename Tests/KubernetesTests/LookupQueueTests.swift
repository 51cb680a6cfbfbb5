import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("The queue of lookups")
struct LookupQueueTests {
  let now = ContinuousClock.now

  func engine(_ number: Int, part: String = "pods") -> OmittedEngine {
    OmittedEngine(part: part, id: "a/p\(number):8000", podUID: "u\(number)")
  }

  @Test func `at most 16 lookups run side by side, and each engine's at most once`() {
    let harness = QueueHarness()
    let all = (0..<40).map { engine($0) }
    harness.queue.expect(all)
    #expect(harness.started(at: now) == Array(all.prefix(16)))
    harness.queue.expect(all)
    #expect(harness.started(at: now) == [])
    let counts = harness.queue.finish(all[3])
    harness.queue.expect(all.filter { $0 != all[3] })
    #expect(counts)
    #expect(harness.started(at: now) == [all[16]])
  }

  @Test func `an engine that the fleet no longer waits for is not looked up`() {
    let harness = QueueHarness()
    harness.queue.expect([engine(1), engine(2)])
    #expect(harness.queue.start(at: now) == engine(1))
    harness.queue.expect([])
    #expect(harness.queue.start(at: now) == nil)
    #expect(harness.queue.finish(engine(1)) == false)
  }

  @Test func `a lookup that something overtook is repeated after its end`() {
    let harness = QueueHarness()
    harness.queue.expect([engine(1)])
    #expect(harness.queue.start(at: now) == engine(1))
    harness.queue.restart { $0 == engine(1) }
    #expect(harness.queue.start(at: now) == nil, "the first lookup still runs")
    #expect(harness.queue.finish(engine(1)) == false)
    #expect(harness.queue.start(at: now) == engine(1))
    #expect(harness.queue.finish(engine(1)) == true)
  }

  @Test func `lookups pause after a failure, for longer after each`() throws {
    let harness = QueueHarness()
    harness.queue.expect([engine(1)])
    var (now, pauses) = (now, [Duration]())
    for _ in 0..<8 {
      #expect(harness.queue.start(at: now) == engine(1))
      #expect(harness.queue.finish(engine(1)) == true)
      harness.queue.retry(engine(1), atLeast: nil, at: now)
      #expect(harness.queue.start(at: now) == nil)
      let wake = try #require(harness.queue.wake(after: now))
      pauses.append(wake - now)
      now = wake
    }
    for (pause, least) in zip(pauses, [1, 2, 4, 8, 16, 30, 30, 30]) {
      #expect(pause >= .seconds(least) && pause <= .seconds(least) * 1.5)
    }
    #expect(harness.queue.start(at: now) == engine(1))
    #expect(harness.queue.finish(engine(1)) == true)
    harness.queue.succeeded()
    harness.queue.retry(engine(1), atLeast: .seconds(40), at: now)
    let wake = try #require(harness.queue.wake(after: now))
    #expect(wake - now >= .seconds(40), "the server asks for it")
  }

  @Test func `lookups that fail side by side are one failure`() throws {
    let harness = QueueHarness()
    harness.queue.expect((0..<16).map { engine($0) })
    for engine in harness.started(at: now) {
      #expect(harness.queue.finish(engine) == true)
      harness.queue.retry(engine, atLeast: nil, at: now)
    }
    let wake = try #require(harness.queue.wake(after: now))
    #expect(wake - now < .seconds(2))
    #expect(harness.started(at: wake).count == 16)
  }

  @Test func `an answer to one lookup does not end the pause that the server asks for`() {
    let harness = QueueHarness()
    harness.queue.expect([engine(1), engine(2)])
    #expect(harness.started(at: now).count == 2)
    #expect(harness.queue.finish(engine(1)) == true)
    harness.queue.retry(engine(1), atLeast: .seconds(20), at: now)
    #expect(harness.queue.finish(engine(2)) == true)
    harness.queue.succeeded()
    #expect(harness.started(at: now + .seconds(19)) == [])
    #expect(harness.started(at: now + .seconds(31)) == [engine(1)])
  }

  @Test func `an engine that was denied and still counts is looked up again after a list`() {
    let harness = QueueHarness()
    harness.queue.expect([engine(1)])
    #expect(harness.started(at: now) == [engine(1)])
    #expect(harness.queue.finish(engine(1)) == true)
    harness.queue.deny(engine(1))
    harness.queue.expect([engine(1)])
    harness.queue.restart(part: "deployments")
    harness.queue.expect([engine(1)])
    #expect(harness.started(at: now) == [])
    harness.queue.restart(part: "pods")
    harness.queue.expect([engine(1)])
    #expect(harness.started(at: now) == [engine(1)])
  }

  @Test func `a part that cannot be asked is dropped`() {
    let harness = QueueHarness()
    harness.queue.expect([engine(1), engine(2), engine(3, part: "deployments")])
    #expect(harness.queue.start(at: now) == engine(1))
    harness.queue.drop(part: "pods")
    #expect(harness.queue.finish(engine(1)) == false)
    #expect(harness.started(at: now) == [engine(3, part: "deployments")])
  }
}

private final class QueueHarness {
  var queue = LookupQueue()

  /// All lookups that may start.
  func started(at now: ContinuousClock.Instant) -> [OmittedEngine] {
    var started: [OmittedEngine] = []
    while let engine = queue.start(at: now) { started.append(engine) }
    return started
  }
}

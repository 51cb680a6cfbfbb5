import Catalog
import Logging
import Metrics
import Synchronization
import TestKit
import Testing

@testable import Fleet

@Suite("The running fleet")
struct FleetTests {
  /// Runs a fleet beside a test's body and ends it.
  func withFleet(
    _ settings: ProbeSettings = ProbeSettings(),
    log: NotedLog = NotedLog(), known: [KnownEngine] = [],
    _ body: @Sendable (FleetMonitor, FakeProber, NotedSink, HandFleetClock) async throws -> Void
  ) async throws {
    let (prober, sink, clock) = (FakeProber(), NotedSink(), HandFleetClock())
    let fleet = FleetMonitor(
      settings: settings, prober: prober, sink: sink, logger: Logger(label: "test") { _ in log },
      known: known, clock: clock)
    try await withThrowingTaskGroup { group in
      group.addTask { await fleet.run() }
      try await body(fleet, prober, sink, clock)
      group.cancelAll()
    }
    #expect(prober.isShutDown)
  }

  func engines(_ count: Int) throws -> [EngineSpec] {
    try (0..<count).map { try EngineSpec(url: "http://e\($0):1", id: "e\($0)") }
  }

  @Test func `a fleet without engines is ready at once`() async throws {
    try await withFleet { fleet, _, sink, _ in
      fleet.received(SourceAnswer.static([]))
      try await until { sink.sweeps == 1 }
    }
  }

  @Test func `every state is recorded before the sweep ends`() async throws {
    try await withFleet { fleet, prober, sink, clock in
      prober.answer("e1", with: .refusedConnection)
      fleet.received(try SourceAnswer.static(engines(3)))
      try await until { clock.hand.sleeperCount > 0 }
      clock.hand.advance(by: .seconds(1))
      try await until { sink.sweeps == 1 }
      #expect(sink.states == ["e0": .ready, "e1": .unreachable, "e2": .ready])
      #expect(sink.states(at: .sweep) == sink.states)
      #expect(Set(sink.alive) == ["e0", "e2"])
    }
  }

  @Test func `an engine that hangs delays no other engine`() async throws {
    try await withFleet { fleet, prober, sink, clock in
      prober.hang("e0")
      fleet.received(try SourceAnswer.static(engines(3)))
      for round in 1...5 {
        try await until {
          clock.hand.advance(by: .seconds(1))
          return prober.count("e1") >= round && prober.count("e2") >= round
        }
      }
      #expect(prober.count("e0") == 1)
      #expect(sink.states == ["e1": .ready, "e2": .ready])
      #expect(sink.sweeps == 0, "the list is not whole yet")
      prober.release(with: .timedOut)
      try await until { sink.sweeps == 1 }
      #expect(sink.states["e0"] == .unreachable)
    }
  }

  @Test func `a removed engine is forgotten at once`() async throws {
    try await withFleet { fleet, _, sink, clock in
      fleet.received(try SourceAnswer.static(engines(3)))
      try await until {
        clock.hand.advance(by: .milliseconds(10))
        return sink.sweeps == 1
      }
      fleet.received(SourceAnswer.static([]))
      try await until { sink.states.isEmpty }
      #expect(Set(sink.forgotten) == ["e0", "e1", "e2"])
    }
  }

  @Test func `the fleet retries a store that fails`() async throws {
    try await withFleet { fleet, _, sink, clock in
      sink.failures.withLock { $0 = 2 }
      fleet.received(try SourceAnswer.static(engines(1)))
      try await until {
        clock.hand.advance(by: .milliseconds(100))
        return sink.sweeps == 1
      }
      #expect(sink.states == ["e0": .ready])
      #expect(sink.failures.withLock { $0 } == 0)
    }
  }

  @Test func `a store that keeps failing is logged at most once a minute`() async throws {
    let log = NotedLog()
    @Sendable func lines(_ text: String) -> Int { log.lines.count { $0.contains(text) } }
    try await withFleet(log: log) { fleet, _, sink, clock in
      sink.failures.withLock { $0 = 130 }
      fleet.received(try SourceAnswer.static(engines(1)))
      try await until {
        clock.hand.advance(by: .milliseconds(500))
        return sink.failures.withLock { $0 } == 0
      }
      try await until {
        clock.hand.advance(by: .milliseconds(500))
        return sink.sweeps == 1
      }
      let told = lines("error observations are not recorded, trying again")
      #expect(told >= 2 && told <= 1 + Int(clock.now.up / .seconds(60)), "\(told) lines in \(clock.now.up)")
    }
  }

  @Test func `an unchanged fleet records nothing after a restart`() async throws {
    let facts = try engines(3).map { spec in
      var facts = EngineFacts(
        id: spec.id, endpoint: spec.url.description, kind: "vllm", version: "1",
        condition: Condition(state: .ready, changedAt: Timestamp(microseconds: 7)))
      facts.claims = [EngineClaim(sourceKind: "static", sourceName: "", part: "", id: spec.id, isProbed: true)]
      return facts
    }
    let log = NotedLog()
    try await withFleet(log: log, known: facts.map { ($0, [ReplicaFacts(modelID: "m")]) }) {
      fleet, prober, sink, clock in
      fleet.received(try SourceAnswer.static(engines(3)))
      try await until {
        clock.hand.advance(by: .milliseconds(100))
        return (0..<3).allSatisfy { prober.count("e\($0)") >= 3 }
      }
      #expect(sink.sweeps == 1)
      #expect(sink.count == 0)
      #expect(Set(sink.alive).count == 3)
      #expect(!log.lines.contains { $0.contains("engine changed") })
    }
  }

  @Test func `each change of state is one log line, and no key is ever logged`() async throws {
    let log = NotedLog()
    try await withFleet(log: log) { fleet, prober, sink, clock in
      let spec = try EngineSpec(url: "http://e:1", key: "hush", id: "e0")
      fleet.received(SourceAnswer.static([spec]))
      func run(until state: ModelState, probes: Int) async throws {
        try await until {
          clock.hand.advance(by: .milliseconds(100))
          return sink.states["e0"] == state && prober.count("e0") >= probes
        }
      }
      try await run(until: .ready, probes: 3)
      prober.answer("e0", with: .refusedConnection)
      try await run(until: .unreachable, probes: 6)
      let changes = log.lines.filter { $0.contains("engine changed") }
      #expect(
        changes == [
          "notice engine changed engine=e0 from=UNKNOWN reason= to=READY",
          "notice engine changed engine=e0 from=READY reason=GET http://host:8000/v1/models: connection refused to=UNREACHABLE",
        ])
      #expect(log.lines.allSatisfy { !$0.contains("hush") })
    }
  }

  @Test func `the metrics show the outcomes of probes and the states of engines`() async throws {
    try await withFleet { fleet, prober, sink, clock in
      prober.answer("e1", with: .refused("401: check the key"))
      fleet.received(try SourceAnswer.static(engines(2)))
      try await until {
        clock.hand.advance(by: .milliseconds(10))
        return sink.sweeps == 1
      }
      let families = fleet.metrics.families()
      func value(_ name: String, _ label: String? = nil) -> Double? {
        families.first { $0.name == name }?.samples.first { label == nil || $0.labels.first?.value == label }?.value
      }
      #expect(value("rollcall_probes_total", "healthy") == 1)
      #expect(value("rollcall_probes_total", "refused") == 1)
      #expect(value("rollcall_probes_total", "down") == 0)
      let times = families.first { $0.name == "rollcall_probe_duration_seconds" }
      #expect(times?.samples.last?.suffix == "_count" && times?.samples.last?.value == 2)
      #expect(value("rollcall_proofs_of_life_total", "failed") == 0)
      #expect(value("rollcall_probes_in_flight") == 0)
      #expect(value("rollcall_engines_unknown") == 0)
    }
  }
}

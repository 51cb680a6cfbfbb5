package import Catalog
package import Fleet
package import Synchronization

/// A prober that returns the answers that a test has set, at once; or it hangs until the test releases it.
package final class FakeProber: Prober {
  private struct State {
    var answers: [String: ProbeOutcome] = [:]
    var hanging: Set<String> = []
    var waiting: [CheckedContinuation<ProbeOutcome, Never>] = []
    var counts: [String: Int] = [:]
    var isShutDown = false
  }

  private let state = Mutex(State())

  package init() {}

  package var isShutDown: Bool { state.withLock { $0.isShutDown } }

  package func answer(_ id: String, with outcome: ProbeOutcome) { state.withLock { $0.answers[id] = outcome } }
  package func hang(_ id: String) { state.withLock { _ = $0.hanging.insert(id) } }
  package func count(_ id: String) -> Int { state.withLock { $0.counts[id, default: 0] } }

  package func release(with outcome: ProbeOutcome) {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      state.hanging = []
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: outcome) }
  }

  package func probe(_ request: ProbeRequest) async -> ProbeOutcome {
    let id = request.spec.id
    return await withCheckedContinuation { continuation in
      let outcome: ProbeOutcome? = state.withLock { state in
        state.counts[id, default: 0] += 1
        guard !state.hanging.contains(id) else {
          state.waiting.append(continuation)
          return nil
        }
        return state.answers[id] ?? .serving("m")
      }
      if let outcome { continuation.resume(returning: outcome) }
    }
  }

  package func shutdown() async { state.withLock { $0.isShutDown = true } }
}

/// An observation sink that only records its calls.
package final class NotedSink: ObservationSink {
  package enum Mark { case sweep }
  struct Failure: Error {}

  private struct State {
    var facts: [String: EngineFacts] = [:]
    var observations = 0
    var alive: [String] = []
    var forgotten: [String] = []
    var sweeps = 0
    var atSweep: [String: ModelState] = [:]
  }

  private let state = Mutex(State())
  /// How many of the next calls of `record` fail.
  package let failures = Mutex(0)

  package init() {}

  /// The number of recorded observations.
  package var count: Int { state.withLock { $0.observations } }
  package var states: [String: ModelState] { state.withLock { $0.facts.mapValues(\.condition.state) } }
  package var alive: [String] { state.withLock { $0.alive } }
  package var forgotten: [String] { state.withLock { $0.forgotten } }
  package var sweeps: Int { state.withLock { $0.sweeps } }
  package func states(at mark: Mark) -> [String: ModelState] { state.withLock { $0.atSweep } }

  package func record(_ observations: [Observation], at: Timestamp) async throws {
    let fails = failures.withLock { count in
      defer { count = max(0, count - 1) }
      return count > 0
    }
    if fails { throw Failure() }
    state.withLock { state in
      state.observations += observations.count
      for observation in observations {
        switch observation {
        case .engine(let facts, _), .engineOnly(let facts): state.facts[facts.id] = facts
        case .forgotten(let id): state.facts[id] = nil
        }
      }
    }
  }

  package func noteAlive(engineID: String, at: Timestamp, load: EngineLoad?) {
    state.withLock { $0.alive.append(engineID) }
  }
  package func forgetReadings(engineID: String) { state.withLock { $0.forgotten.append(engineID) } }

  package func sweepCompleted() {
    state.withLock { state in
      state.sweeps += 1
      state.atSweep = state.facts.mapValues(\.condition.state)
    }
  }
}

extension ProbeOutcome {
  package static func serving(_ ids: String..., kind: EngineKind = .vllm, version: String? = "1") -> ProbeOutcome {
    .healthy(
      EngineReport(kind: kind, version: version, models: ids.map { ReportedModel(ReplicaFacts(modelID: $0)) }))
  }
}

extension SourceAnswer {
  /// The engines of all parts that are to be probed.
  package var engines: [EngineSpec] { parts.flatMap(\.engines) }
  /// The engines of all parts that are not probed.
  package var unprobed: [UnprobedEngine] { parts.flatMap(\.unprobed) }
  /// The engines that the source saw end, in all parts.
  package var ended: Set<String> { parts.reduce(into: []) { $0.formUnion($1.ended) } }

  /// The answer of the command line when it names these engines.
  package static func `static`(_ engines: [EngineSpec]) -> SourceAnswer {
    SourceAnswer(source: .static, engines: engines, trust: .declared)
  }
}

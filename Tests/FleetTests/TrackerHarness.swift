import Catalog

@testable import Fleet

/// A tracker, the clocks beside it, and what the catalog would know of it.
struct TrackerHarness {
  var tracker: EngineTracker
  private(set) var up: Duration = .zero
  /// What the clock that forgets shows.
  private(set) var forgetting: Duration = .zero
  private(set) var facts: EngineFacts?
  private(set) var models: [ReplicaFacts]?

  init(_ settings: ProbeSettings = ProbeSettings(), kind: String? = nil) throws {
    tracker = EngineTracker(try EngineSpec(url: "http://host:8000", kind: kind), settings: settings)
  }

  /// The same engine after a restart of the process that watches it, an hour later.
  func restarted(_ settings: ProbeSettings = ProbeSettings(), as spec: EngineSpec? = nil) -> TrackerHarness {
    var harness = self
    harness.tracker = EngineTracker(spec ?? tracker.spec, settings: settings, known: facts.map { ($0, models ?? []) })
    harness.up += .seconds(3600)
    harness.forgetting = .zero
    return harness
  }

  var wall: Timestamp { Timestamp(microseconds: 1_000_000_000) + up }
  var state: ModelState? { facts?.condition.state }

  @discardableResult
  mutating func probe(_ outcome: ProbeOutcome, after time: Duration = .seconds(5), isFrozen: Bool = false)
    -> EngineTracker.Settled
  {
    up += time
    if !isFrozen { forgetting += time }
    let settled = tracker.settle(outcome, at: Moment(wall: wall, up: up), forgetting: forgetting)
    take(settled.observation)
    return settled
  }

  /// What the catalog does with an observation.
  mutating func take(_ observation: Observation?) {
    switch observation {
    case .engine(let facts, let models): (self.facts, self.models) = (facts, models)
    case .engineOnly(let facts): self.facts = facts
    case .forgotten: (facts, models) = (nil, nil)
    case nil: break
    }
  }
}

extension ProbeFailure {
  /// The outcome of a probe whose first request failed.
  var outcome: ProbeOutcome { outcome(of: "GET http://host:8000/v1/models") }
}

extension ProbeOutcome {
  static var refusedConnection: ProbeOutcome { ProbeFailure.connectionRefused.outcome }
  static var timedOut: ProbeOutcome { ProbeFailure.timedOut.outcome }
}

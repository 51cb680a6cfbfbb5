import Catalog
package import Logging
import Synchronization

/// Finds out what the engines serve, and keeps finding out.
///
/// One task asks the state what is due and starts a child task per probe, one task records; there is no task and no
/// thread per engine. No caller waits for an engine.
package final class FleetMonitor: SourceDelegate {
  private let state: Mutex<FleetState>
  private let prober: any Prober
  private let sink: any ObservationSink
  private let clock: any FleetClock
  private let logger: Logger
  private let turns = Signal()
  private let recordings = Signal()
  /// Between two turns that nothing but time calls for.
  private static let moment: Duration = .milliseconds(5)

  /// `expecting`: the sources that the first sweep waits for. `known`: what the store knows of engines. `orphans`: engines
  /// of which it knows nothing but models; they are forgotten when every source has answered and none named them.
  package convenience init(
    settings: ProbeSettings, prober: any Prober, sink: any ObservationSink, logger: Logger,
    expecting sources: Set<SourceID> = [.static], known: [KnownEngine] = [], orphans: [String] = [],
    clock: any FleetClock = SystemFleetClock()
  ) {
    self.init(
      state: FleetState(settings: settings, expecting: sources, known: known, orphans: orphans), prober: prober,
      sink: sink, logger: logger, clock: clock)
  }

  init(
    state: FleetState, prober: any Prober, sink: any ObservationSink, logger: Logger, clock: any FleetClock
  ) {
    self.state = Mutex(state)
    self.prober = prober
    self.sink = sink
    self.clock = clock
    self.logger = logger
  }

  /// The fleet in numbers.
  package var metrics: ProbeMetrics { ProbeMetrics(fleet: self) }

  var figures: FleetFigures { state.withLock(\.figures) }

  /// What reads the state.
  func withState<Result: Sendable>(_ body: (FleetState) -> Result) -> Result { state.withLock { body($0) } }

  /// Takes what a source knows: at once, from any thread, before `run` too.
  package func received(_ answer: SourceAnswer) {
    let now = clock.now
    let reported = report { $0.received(answer, at: now) }
    for engine in reported {
      sink.noteAlive(engineID: engine.facts.id, at: engine.observedAt ?? now.wall, load: engine.load)
    }
    turns.raise()
    recordings.raise()
  }

  package func failed(source: SourceID, reason: String) {
    let now = clock.now
    report { $0.failed(source, reason, at: now) }
    turns.raise()
    recordings.raise()
  }

  /// A source is not asked any more: what it claimed alone is gone.
  package func drop(source: SourceID) {
    let now = clock.now
    report { $0.drop(source, at: now) }
    turns.raise()
    recordings.raise()
  }

  /// A source looks for something else from now on: its next answer counts as it is.
  package func expectChange(of source: SourceID) {
    report { $0.expectChange(of: source) }
  }

  /// The sources that do not answer now, as they are printed, in order.
  package var unreachableSources: [String] {
    state.withLock(\.sources.unreachable).map(\.description).sorted()
  }

  /// The sources that claim an engine now, in the order in which they count.
  package func sources(ofEngine id: String) -> [SourceID] {
    state.withLock { $0.roster.members[id]?.sources ?? $0.unprobed.engines[id]?.sources ?? [] }
  }

  /// The id under which the engine at a place is known now; nil when there is none.
  package func engineID(at place: EnginePlace) -> String? {
    state.withLock { $0.roster.id(at: place) }
  }

  /// Where the engine of an id is; nil when there is none that is probed.
  package func place(ofEngine id: String) -> EnginePlace? {
    state.withLock { $0.roster.members[id]?.tracker.spec.place }
  }

  /// Probes and records until the task is cancelled; to be called once. The prober is shut down with it.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.record() }
      var alarm: Duration?
      turns.raise()
      for await _ in turns.raised {
        let now = clock.now
        let turn = report { $0.turn(at: now) }
        for start in turn.starts {
          group.addTask { await self.probe(start) }
        }
        // The sweep may have ended by the passing of time alone.
        recordings.raise()
        if let passed = alarm, passed <= now.up { alarm = nil }
        // What comes due in the same moment starts together: a turn for each probe would cost more than the probe's share.
        if let wake = turn.wake.map({ max($0, now.up + Self.moment) }), alarm.map({ wake < $0 }) ?? true {
          alarm = wake
          group.addTask {
            try? await self.clock.sleep(until: wake)
            self.turns.raise()
          }
        }
      }
      group.cancelAll()
    }
    await prober.shutdown()
  }

  private func probe(_ start: ProbeStart) async {
    let began = clock.now
    let outcome = await prober.probe(start.request)
    guard !Task.isCancelled else { return }
    let now = clock.now
    let id = start.request.spec.id
    let result = report { $0.finished(start, outcome, took: now.up - began.up, at: now) }
    if result.counts, outcome.isConfirmation { sink.noteAlive(engineID: id, at: now.wall, load: result.load) }
    logger.debug("probed", metadata: ["engine": "\(id)", "outcome": "\(outcome.name)"])
    if result.wantsTurn { turns.raise() }
    if result.hasNews { recordings.raise() }
  }

  private func record() async {
    var isSweepTold = false
    var failures = FailureLog()
    for await _ in recordings.raised {
      while let batch = take() {
        do {
          try await sink.record(batch, at: clock.now.wall)
          for case .forgotten(let id) in batch { sink.forgetReadings(engineID: id) }
        } catch let error as ObservationError {
          logger.error("an observation is refused, the others are recorded", metadata: ["error": "\(error)"])
        } catch {
          if failures.failed(at: clock.now.up) {
            logger.error("observations are not recorded, trying again", metadata: ["error": "\(reason(error))"])
          }
          state.withLock { $0.outbox.putBack(batch) }
          try? await clock.sleep(until: clock.now.up + .seconds(1))
          if Task.isCancelled { return }
        }
        tellOnce(&isSweepTold)
      }
      tellOnce(&isSweepTold)
    }
  }

  private func reason(_ error: any Error) -> String {
    if case .unavailable(let reason) = error as? StoreError { reason } else { "\(error)" }
  }

  private func tellOnce(_ isTold: inout Bool) {
    guard !isTold, state.withLock(\.isSweepRecorded) else { return }
    isTold = true
    sink.sweepCompleted()
  }

  private func take() -> [Observation]? {
    let batch = state.withLock { $0.outbox.take(256) }
    return batch.isEmpty ? nil : batch
  }

  /// Changes the state and logs the events that follow.
  @discardableResult
  private func report<Result: Sendable>(_ body: (inout FleetState) -> Result) -> Result {
    let (result, events) = state.withLock { state in
      let result = body(&state)
      return (result, state.outbox.takeEvents())
    }
    for event in events { logger.log(event) }
    return result
  }
}

extension ProbeOutcome {
  /// Whether the engine itself has just said how it is.
  fileprivate var isConfirmation: Bool {
    switch self {
    case .healthy, .loading, .draining, .unhealthy, .refused: true
    case .broken, .down: false
    }
  }
}

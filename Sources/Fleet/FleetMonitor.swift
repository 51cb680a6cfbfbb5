import Catalog
package import Logging
import Synchronization

/// Discovers what the engines serve, by probes and from sources.
///
/// One task takes the due probes from the state and starts a child task per probe, another task records; there is no
/// task and no thread per engine. No caller waits for an engine.
package final class FleetMonitor: SourceDelegate {
  /// The claims of the sources. Its lock comes before that of the state, which is never held for long.
  private let book: Mutex<ClaimBook>
  private let state: Mutex<FleetState>
  private let prober: any Prober
  private let sink: any ObservationSink
  private let clock: any FleetClock
  private let logger: Logger
  private let lastProgress = Mutex<(at: Duration, text: String)?>(nil)
  private let turns = Signal()
  private let recordings = Signal()
  private let alarms = Signal()
  /// The number of changed engines that the state takes at a time, so that no probe waits for it.
  private static let portion = 8
  /// The least time between two turns that only the clock calls for.
  private static let leastPause: Duration = .milliseconds(5)

  /// `expecting`: the sources that the first sweep waits for. `known`: the engines in the store. `orphans`: ids of
  /// engines of which the store has models alone; they are forgotten when every source has answered and none named
  /// them.
  package init(
    settings: ProbeSettings, prober: any Prober, sink: any ObservationSink, logger: Logger,
    expecting sources: Set<SourceID> = [.static], known: [KnownEngine] = [], orphans: [String] = [],
    clock: any FleetClock = SystemFleetClock()
  ) {
    book = Mutex(ClaimBook(expecting: sources, settings, known: known))
    state = Mutex(FleetState(settings: settings, known: known, orphans: orphans))
    self.prober = prober
    self.sink = sink
    self.clock = clock
    self.logger = logger
    // What the store remembers is probed before any source has answered.
    claim { _, _ in }
  }

  /// The fleet in numbers.
  package var metrics: ProbeMetrics { ProbeMetrics(fleet: self) }

  var figures: FleetFigures { state.withLock(\.figures) }

  /// Reads the state under its lock.
  func withState<Result: Sendable>(_ body: (FleetState) -> Result) -> Result { state.withLock { body($0) } }

  /// Takes the answer of a source: at once, from any thread, also before `run`.
  @discardableResult
  package func received(_ answer: SourceAnswer) -> [OmittedEngine] {
    let now = clock.now
    let (omitted, reported) = claim { book, _ in
      let omitted = book.received(answer, at: now.up)
      return (omitted, book.current.reported(by: answer.source))
    }
    for engine in answer.parts.lazy.flatMap(\.unprobed) where reported.contains(engine.facts.id) {
      guard let observedAt = engine.observedAt else { continue }
      sink.noteAlive(engineID: engine.facts.id, at: observedAt, load: engine.load)
    }
    return omitted
  }

  package func denied(source: SourceID, _ engines: [OmittedEngine]) {
    let now = clock.now
    claim { book, answers in book.denied(source, engines, at: now.up, answers: answers) }
  }

  package func failed(source: SourceID, reason: String) {
    let now = clock.now
    // Many libraries hide that the process, and not the source, is at fault.
    let trouble = OwnFailure.current.map { reason.contains($0.text) ? "" : " (\($0.text))" } ?? ""
    claim { book, _ in book.failed(source, reason + trouble, at: now.up) }
  }

  /// Removes a source: the engines that it alone claimed are gone.
  package func drop(source: SourceID) {
    let now = clock.now
    claim { book, _ in book.drop(source, at: now.up) }
  }

  /// Notes that a source's query has changed: its next answer counts even if it is smaller.
  package func expectChange(of source: SourceID) {
    book.withLock { $0.expectChange(of: source) }
  }

  /// Changes the claims, and hands the changes on to the state, piece by piece and in order. `body` may ask whether an
  /// engine answers probes.
  @discardableResult
  private func claim<Result: Sendable>(
    _ body: (inout ClaimBook, _ answers: (String) -> Bool) -> Result
  ) -> Result {
    let (result, events) = book.withLock { book in
      let result = body(&book) { id in state.withLock { $0.answers(id) } }
      var events = book.takeEvents()
      var changes = book.takeChanges()
      repeat {
        let part = changes.next(Self.portion)
        events += change { $0.apply(part, at: clock.now) }.events
      } while !changes.isEmpty
      events += change { $0.settle(changes.summary) }.events
      return (result, events)
    }
    for event in events { logger.log(event) }
    alarms.raise()
    turns.raise()
    recordings.raise()
    return result
  }

  /// The sources that do not answer now, as text, in order.
  package var unreachableSources: [String] {
    state.withLock(\.sources.unreachable).map(\.description).sorted()
  }

  /// The trouble that keeps this process from probing, in words; nil: it probes every engine.
  package var trouble: String? { state.withLock(\.trouble) }

  /// How far the engines and the sources have answered, in one sentence; at most 500 ms old, because it costs a look at
  /// every engine.
  package var progress: String {
    let up = clock.now.up
    return lastProgress.withLock { last in
      if let last, up - last.at < .milliseconds(500) { return last.text }
      let text = state.withLock(\.progress)
      last = (up, text)
      return text
    }
  }

  /// The sources that claim an engine now, in the order in which they count.
  package func sources(ofEngine id: String) -> [SourceID] {
    state.withLock { $0.roster.members[id]?.sources ?? $0.unprobed.engines[id]?.sources ?? [] }
  }

  /// The id of the engine that is probed at a place; nil when there is none.
  package func engineID(at place: EnginePlace) -> String? {
    state.withLock { $0.roster.id(at: place) }
  }

  /// The place of the engine with an id; nil when none with that id is probed.
  package func place(ofEngine id: String) -> EnginePlace? {
    state.withLock { $0.roster.members[id]?.tracker.spec.place }
  }

  /// Probes and records until the task is cancelled; to be called once. The prober is shut down with it.
  package func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.record() }
      group.addTask { await self.keepTime() }
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
        // Probes that come due in the same 5 ms start together: a turn for each probe would cost more than the probe
        // itself.
        if let wake = turn.wake.map({ max($0, now.up + Self.leastPause) }), alarm.map({ wake < $0 }) ?? true {
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

  /// Believes removals when their time has come.
  private func keepTime() async {
    await withDiscardingTaskGroup { group in
      var alarm: Duration?
      alarms.raise()
      for await _ in alarms.raised {
        let up = clock.now.up
        if let passed = alarm, passed <= up {
          alarm = nil
          claim { book, _ in book.passTime(to: up) }
        }
        guard let next = book.withLock({ $0.alarm(after: up) }), alarm.map({ next < $0 }) ?? true else { continue }
        alarm = next
        group.addTask {
          try? await self.clock.sleep(until: next)
          self.alarms.raise()
        }
      }
      group.cancelAll()
    }
  }

  private func probe(_ start: ProbeStart) async {
    let began = clock.now
    let outcome = await prober.probe(start.request)
    guard !Task.isCancelled else { return }
    let now = clock.now
    let id = start.request.spec.id
    let result = report { $0.finished(start, outcome, took: now.up - began.up, at: now) }
    if result.counts, outcome.isAnswer { sink.noteAlive(engineID: id, at: now.wall, load: result.load) }
    logger.debug("probed", metadata: ["engine": "\(id)", "outcome": "\(outcome.name)"])
    if result.isLost { claim { book, _ in book.unreachable(id, at: now.up) } }
    if result.wantsTurn { turns.raise() }
    if result.wantsRecording { recordings.raise() }
  }

  private func record() async {
    var isSweepAnnounced = false
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
        announceSweep(&isSweepAnnounced)
      }
      announceSweep(&isSweepAnnounced)
    }
  }

  private func reason(_ error: any Error) -> String {
    if case .unavailable(let reason) = error as? StoreError { reason } else { "\(error)" }
  }

  private func announceSweep(_ isAnnounced: inout Bool) {
    guard !isAnnounced, state.withLock(\.isSweepRecorded) else { return }
    isAnnounced = true
    sink.sweepCompleted()
  }

  private func take() -> [Observation]? {
    let batch = state.withLock { $0.outbox.take(256) }
    return batch.isEmpty ? nil : batch
  }

  /// Changes the state and logs the events that follow.
  @discardableResult
  private func report<Result: Sendable>(_ body: (inout FleetState) -> Result) -> Result {
    let (result, events) = change(body)
    for event in events { logger.log(event) }
    return result
  }

  /// Changes the state; returns the events that follow as well.
  private func change<Result: Sendable>(
    _ body: (inout FleetState) -> Result
  ) -> (result: Result, events: [FleetEvent]) {
    state.withLock { state in
      let result = body(&state)
      return (result, state.outbox.takeEvents())
    }
  }
}

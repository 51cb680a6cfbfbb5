import Catalog
import Logging
import Synchronization
import TestKit
import Testing

@testable import Discovery

/// Answers at once as it was told to, or hangs until it is released.
final class FakeProber: Prober {
  private struct State {
    var answers: [String: ProbeOutcome] = [:]
    var hanging: Set<String> = []
    var waiting: [CheckedContinuation<ProbeOutcome, Never>] = []
    var counts: [String: Int] = [:]
    var isShutDown = false
  }

  private let state = Mutex(State())

  var isShutDown: Bool { state.withLock { $0.isShutDown } }

  func answer(_ id: String, with outcome: ProbeOutcome) { state.withLock { $0.answers[id] = outcome } }
  func hang(_ id: String) { state.withLock { _ = $0.hanging.insert(id) } }
  func count(_ id: String) -> Int { state.withLock { $0.counts[id, default: 0] } }

  func release(with outcome: ProbeOutcome) {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      state.hanging = []
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: outcome) }
  }

  func probe(_ request: ProbeRequest) async -> ProbeOutcome {
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

  func shutdown() async { state.withLock { $0.isShutDown = true } }
}

/// A catalog that only takes notes.
final class NotedSink: ObservationSink {
  enum Mark { case sweep }
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
  /// How many more records fail.
  let failures = Mutex(0)

  /// Observations that were recorded.
  var count: Int { state.withLock { $0.observations } }
  var states: [String: ModelState] { state.withLock { $0.facts.mapValues(\.condition.state) } }
  var alive: [String] { state.withLock { $0.alive } }
  var forgotten: [String] { state.withLock { $0.forgotten } }
  var sweeps: Int { state.withLock { $0.sweeps } }
  func states(at mark: Mark) -> [String: ModelState] { state.withLock { $0.atSweep } }

  func record(_ observations: [Observation], at: Timestamp) async throws {
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

  func noteAlive(engineID: String, at: Timestamp, load: EngineLoad?) { state.withLock { $0.alive.append(engineID) } }
  func forgetReadings(engineID: String) { state.withLock { $0.forgotten.append(engineID) } }

  func sweepCompleted() {
    state.withLock { state in
      state.sweeps += 1
      state.atSweep = state.facts.mapValues(\.condition.state)
    }
  }
}

/// A log as lines: level, message, metadata by name.
struct NotedLog: LogHandler {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private let noted = Lines()
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  var lines: [String] { noted.all.withLock { $0 } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let pairs = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let line = (["\(event.level)", "\(event.message)"] + pairs).joined(separator: " ")
    noted.all.withLock { $0.append(line) }
  }
}

/// The fleet's clocks by hand.
struct HandFleetClock: FleetClock {
  let hand = HandClock()
  private let start: ContinuousClock.Instant

  init() { start = hand.now }

  var now: Moment {
    let up = start.duration(to: hand.now)
    return Moment(wall: Timestamp(microseconds: 1_000_000_000) + up, up: up)
  }

  func sleep(until up: Duration) async throws {
    try await hand.sleep(until: start + up, tolerance: nil)
  }
}

/// Waits for a condition that other tasks bring about; gives up after half a minute.
func until(_ condition: () async throws -> Bool, location: SourceLocation = #_sourceLocation) async throws {
  let deadline = ContinuousClock.now + .seconds(120)
  while try await !condition() {
    guard ContinuousClock.now < deadline else {
      Issue.record("the condition never held", sourceLocation: location)
      return
    }
    try await Task.sleep(for: .milliseconds(1))
  }
}

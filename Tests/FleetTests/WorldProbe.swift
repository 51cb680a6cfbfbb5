@testable import Fleet

/// What an engine did with one probe: the truth by which the oracle judges what the fleet makes of it.
struct WorldDeed {
  enum Gist: Equatable {
    /// It serves.
    case good
    case loading
    /// The key is wrong.
    case refused
    case unwell
    /// It takes no requests for so long; nil: it does not say for how long.
    case notNow(Duration?)
    /// It accepted the connection, and no answer came in time.
    case unanswered
    case garbled
    /// No connection, or a proxy without an engine.
    case away
    case refusedConnection
    /// This process could not ask it.
    case own
  }

  /// The outcome of a proof of life.
  enum Proof {
    case passed, unclear, silent
  }

  var gist: Gist
  /// Its whole list, by id; nil: it sent none.
  var listed: [String: WorldEngine.Facts]?
  /// The facts that its answers left open.
  var open: Set<DialectPart.Fact> = []
  /// The requests in flight that it reported; nil: none.
  var work: Int?
  /// nil: it was not asked for one.
  var proof: Proof?
  /// Whether it answers and works on nothing.
  var isFrozen = false
  /// The engine and its counters; nil: none was reached.
  var sign: Sign?

  struct Sign: Equatable {
    var number: Int
    var tokens: Int64
  }

  /// The deed of an engine that was reached.
  init(_ engine: WorldEngine, key: String?) {
    guard engine.key == nil || engine.key == key else {
      gist = .refused
      return
    }
    var isListed = true
    switch engine.behaviour {
    case .serving, .emptyList: gist = .good
    case .loading: (gist, isListed) = (.loading, false)
    case .silent, .lateList: (gist, isListed) = (.unanswered, false)
    case .unwell: gist = .unwell
    case .deserted: (gist, isListed) = (.away, false)
    case .notNow(let notNow): (gist, isListed) = (.notNow(notNow.wait), !notNow.isOnList)
    case .garbledList: (gist, isListed) = (.garbled, false)
    }
    if isListed {
      let models = engine.behaviour == .emptyList ? [] : engine.models
      listed = Dictionary(uniqueKeysWithValues: models.map { ($0, engine.facts(of: $0)) })
      open = engine.open
    }
    guard gist == .good else { return }
    sign = Sign(number: engine.number, tokens: engine.tokens)
    isFrozen = engine.isFrozen && !engine.lost.contains("/metrics") && engine.behaviour == .serving
  }

  /// The deed where no engine was reached.
  init(_ failure: ProbeFailure) {
    gist = if case .own = failure { .own } else if failure == .connectionRefused { .refusedConnection } else { .away }
  }
}

/// A probe of an address of the world.
struct WorldProbe {
  var outcome: ProbeOutcome
  /// The time that it takes.
  var took: Duration
  var deed: WorldDeed
}

extension WorldTruth {
  /// Lets a probe run against an address. `attempt`: the number of probes before it.
  func probe(_ request: ProbeRequest, attempt: Int, at now: Duration) async -> WorldProbe {
    let address = Self.address(request.spec.url.description)
    let obstacle = obstacle(address)
    guard obstacle == nil, let engine = processes[address]?.acting(attempt) else {
      let failure = obstacle ?? .connectionRefused
      let isSlow = [.timedOut, .nameServerSilent].contains(failure)
      var script = ProbeScript(request) { _ in .failure(failure) }
      return WorldProbe(
        outcome: await script.run(), took: isSlow ? request.timeout : .milliseconds(1), deed: WorldDeed(failure))
    }
    var key: String?
    if case .literal(let text) = request.spec.key { key = text }
    let meeting = WorldMeeting(engine.still(at: now), request, key)
    if let known = meetings.known[meeting] { return known }
    let probe = await meeting.probe(request, at: now)
    meetings.known[meeting] = probe
    return probe
  }
}

/// An engine and a request, on which alone the course of a probe depends.
struct WorldMeeting: Hashable {
  private let engine: WorldEngine
  private let key: String?
  private let detected: EngineKind?
  private let wantsVersion: Bool
  private let skipping: Set<String>
  private let proof: ProofRequest?
  private let knowsHealth: Bool

  /// The probes of earlier meetings: they need not run again.
  final class Memory {
    var known: [WorldMeeting: WorldProbe] = [:]
  }

  init(_ engine: WorldEngine, _ request: ProbeRequest, _ key: String?) {
    (self.engine, self.key) = (engine, key)
    (detected, wantsVersion) = (request.detected, request.wantsVersion)
    (skipping, proof, knowsHealth) = (request.skipping, request.proof, request.knowsHealth)
  }

  func probe(_ request: ProbeRequest, at now: Duration) async -> WorldProbe {
    var took: Duration = .milliseconds(1)
    var proof: WorldDeed.Proof?
    var script = ProbeScript(request) { ask in
      guard engine.key == nil || engine.key == key else { return .status(401) }
      let result = engine.answer(ask, at: now)
      took += result == .failure(.unanswered) ? ask.timeout ?? request.timeout : .milliseconds(1)
      if ask.body != nil {
        proof = result.response.map { $0.isSuccess ? .passed : .unclear } ?? .silent
      }
      return result
    }
    let outcome = await script.run()
    var deed = WorldDeed(engine, key: key)
    deed.proof = proof
    // An engine of which a sign was lost at the first contact is known by its list alone.
    if outcome.report?.kind == .openai, request.detected != engine.kind.known, !engine.lost.isEmpty {
      deed.listed = deed.listed?.mapValues { _ in WorldEngine.Facts() }
      deed.open = []
    }
    // Before its kind is known its work is not read.
    if deed.gist == .good, outcome.report?.kind != .openai { deed.work = engine.reportedWork }
    return WorldProbe(outcome: outcome, took: took, deed: deed)
  }
}

import Catalog

@testable import Fleet

/// The history of one engine as its deeds make it, and the promises that each probe of it must keep.
struct WorldWitness {
  private let settings: ProbeSettings
  /// The contact to which the history belongs; nil: none yet.
  private var contact: EngineSpec?
  /// When it last served, and when it last said how it is.
  private(set) var served: Duration = .zero
  private(set) var answered: Duration = .zero
  /// Good answers in a row.
  private var goodAnswers = 0
  /// Those with which it was READY after it had not been.
  private(set) var risenAfter = 0
  /// Probes in a row that brought no answer, or one that says nothing.
  private var failures = 0
  /// Whether one failure is enough: its facts come from the store, or from another contact.
  private var isFragile = true
  /// Since when it does not say how it is though it is there; nil: it does, or it is not there.
  private(set) var heldSince: Duration?
  private(set) var lastHeld: Duration = .zero
  /// Until when it asks to be left alone.
  private(set) var waitUntil: Duration = .zero
  /// Whether it last reported requests in flight.
  private var isBusy = false
  /// Since when, probe for probe, it answers and works on nothing, and whether it is idle; nil: it does not.
  private(set) var frozen: (since: Duration, isIdle: Bool)?
  private var lists = WorldLists()
  /// Whether another process, its counters or a proof showed life since its last silent proof.
  private var isRevived = true
  private var sign: WorldDeed.Sign?
  /// The first probe of this row that this process could not make, the last of all, and the time lost to earlier rows
  /// since it answered.
  private var blindSince: Duration?
  private(set) var lastBlind: Duration?
  private var earlierBlindness: Duration = .zero
  /// When its last probe ended.
  private(set) var probed: Duration = .zero

  init(_ settings: ProbeSettings) { self.settings = settings }

  /// How long an engine keeps its state without saying how it is.
  static func holdLimit(_ settings: ProbeSettings) -> Duration { max(settings.interval * settings.fall, .seconds(60)) }

  /// Whether its last probe was one that holds its state.
  var isHeld: Bool { heldSince != nil && lastHeld == probed }

  /// The time up to now in which it was not probed, since it last answered.
  func blindness(at now: Duration) -> Duration { earlierBlindness + (blindSince.map { now - $0 } ?? .zero) }

  /// Takes a probe; returns the broken promise in words, nil when all are kept.
  mutating func landed(_ landing: WorldFleet.Landing) -> String? {
    let (spec, deed, now) = (landing.request.spec, landing.deed, landing.at)
    let isSame = contact.map { $0.hasSameContact(as: spec) && $0.id == spec.id && $0.podUID == spec.podUID } ?? false
    if !isSame {
      let times = (served, answered)
      self = WorldWitness(settings)
      (served, answered) = times
      contact = spec
    }
    if landing.before == nil {
      (isFragile, heldSince, frozen, lists) = (true, nil, nil, WorldLists())
      isBusy = false
      (blindSince, earlierBlindness) = (nil, .zero)
    }
    let (before, after) = (landing.before?.facts.condition, landing.after?.facts.condition)
    defer { probed = now }
    if deed.gist == .own {
      blindSince = blindSince ?? now
      lastBlind = now
      let isKept = before?.state == after?.state && landing.before?.models == landing.after?.models
      return isKept ? nil : "own: a failure of this process makes it \(after?.state.name ?? "unknown")"
    }
    if let since = blindSince { earlierBlindness += now - since }
    blindSince = nil
    let broken =
      held(deed, before, after, at: now) ?? failed(deed, before, after) ?? proved(deed, before, after)
      ?? lists.taken(landing, settings.fall)
    note(deed, after, at: now)
    if before?.state != .ready, after?.state == .ready { risenAfter = goodAnswers }
    return broken
  }

  /// "Not now" and "busy" hold the state, with the reason.
  private mutating func held(
    _ deed: WorldDeed, _ before: Condition?, _ after: Condition?, at now: Duration
  ) -> String? {
    if case .notNow(let wait) = deed.gist {
      waitUntil = now + min(wait ?? .zero, .seconds(300))
    } else if deed.gist != .unanswered || !isBusy {
      return nil
    }
    guard let before, before.state != .unreachable else { return nil }
    heldSince = heldSince ?? now
    lastHeld = now
    guard before.state == .ready, now - (heldSince ?? now) < Self.holdLimit(settings) else { return nil }
    if after?.state != .ready { return "held: it is there, and is \(after?.state.name ?? "forgotten") at once" }
    return after?.reason.isEmpty == true ? "held: no reason says that it takes no requests" : nil
  }

  /// A READY engine stays so until `fall` failures in a row, unless its connection is refused; then it is UNREACHABLE if
  /// nobody is there.
  private mutating func failed(_ deed: WorldDeed, _ before: Condition?, _ after: Condition?) -> String? {
    switch deed.gist {
    case .unanswered, .garbled, .away: failures += 1
    case .notNow:
      failures += 1
      return nil
    case .refusedConnection: failures = max(failures, settings.fall)
    default: return nil
    }
    let isAway = deed.gist == .away || deed.gist == .refusedConnection
    if isAway, failures >= settings.fall, let after, after.state != .unreachable {
      return "away: nobody is there, and it is \(after.state.name)"
    }
    guard before?.state == .ready, after?.state != .ready, failures < settings.fall, !isFragile else { return nil }
    return "fall: it is \(after?.state.name ?? "forgotten") after \(failures) failures"
  }

  /// Only success proves life, and only silence a freeze.
  private func proved(_ deed: WorldDeed, _ before: Condition?, _ after: Condition?) -> String? {
    guard deed.gist == .good else { return nil }
    let isFrozen = after?.cause == .frozen
    if before?.state == .ready, after?.state != .ready, deed.proof != .silent {
      return "good: a good answer makes it \(after?.state.name ?? "forgotten")"
    }
    if before?.cause == .frozen, !isFrozen, !isRevived, deed.proof != .passed, deed.sign == sign {
      return "proof: nothing showed life, and the freeze is lifted"
    }
    return deed.proof == .passed && isFrozen && settings.rise == 1 ? "proof: it is frozen after one that passed" : nil
  }

  private mutating func note(_ deed: WorldDeed, _ after: Condition?, at now: Duration) {
    switch deed.gist {
    case .good, .loading, .refused, .unwell:
      (failures, heldSince, isFragile) = (0, nil, false)
      // While it is to rise again, it still is away.
      if after?.state != .unreachable { (answered, earlierBlindness) = (now, .zero) }
    case .garbled: heldSince = nil
    case .refusedConnection: isBusy = false
    case .notNow, .unanswered, .away, .own: break
    }
    if after?.state == .unreachable { heldSince = nil }
    if deed.proof == .silent { isRevived = false }
    if let new = deed.sign, new != sign { isRevived = true }
    if deed.proof == .passed { isRevived = true }
    sign = deed.sign ?? sign
    if let work = deed.work { isBusy = work > 0 }
    switch deed.gist {
    case .good:
      goodAnswers += 1
      served = now
    // A busy or shy engine is not away.
    case .notNow: break
    default: goodAnswers = 0
    }
    let isIdle = deed.work == 0
    guard deed.isFrozen, deed.work != nil, after?.state == .ready, frozen.map({ $0.isIdle == isIdle }) ?? true else {
      frozen = nil
      return
    }
    frozen = frozen ?? (now, isIdle)
  }

  /// When it must be found frozen at the latest; nil: never.
  var freezeDeadline: Duration? {
    guard let frozen else { return nil }
    let patience = frozen.isIdle ? settings.proofOfLife : settings.stallAfter
    let slack = settings.interval * 0.15 + settings.timeout * 2 + .seconds(2)
    return patience.map { frozen.since + $0 + settings.proofTimeout + slack }
  }
}

/// The lists of one engine, and the promises about what a list and the answers beside it leave open.
struct WorldLists {
  /// Empty lists and open facts: those in a row, and those since a probe that was whole, whatever came between.
  private var empty = Row()
  private var open: [DialectPart.Fact: Row] = [:]

  private struct Row {
    var strict = 0
    var loose = 0

    mutating func count(_ isMiss: Bool) { (strict, loose) = isMiss ? (strict + 1, loose + 1) : (0, 0) }

    /// Whether what was known must stay; nil: it may, or may not.
    func keeps(_ fall: Int) -> Bool? { loose < fall ? true : strict >= fall ? false : nil }
  }

  mutating func taken(_ landing: WorldFleet.Landing, _ fall: Int) -> String? {
    guard let listed = landing.deed.listed else {
      breakRows()
      return nil
    }
    let (old, new) = (landing.before?.models ?? [], landing.after?.models ?? [])
    for fact in [DialectPart.Fact.condition, .maxModelLen, .version] {
      open[fact, default: Row()].count(landing.deed.open.contains(fact))
    }
    empty.count(listed.isEmpty && !old.isEmpty)
    defer { if landing.before?.facts.condition.state != .ready { breakRows() } }
    guard landing.after?.facts.condition.state == .ready else {
      breakRows()
      return nil
    }
    if listed.isEmpty {
      guard let keeps = empty.keeps(fall), !old.isEmpty else { return nil }
      if keeps, new != old { return "list: \(empty.loose) empty lists change its models" }
      return !keeps && !new.isEmpty ? "list: its models stay after \(empty.strict) empty lists" : nil
    }
    guard Set(new.map(\.modelID)) == Set(listed.keys), new.count == listed.count else {
      return "list: it lists \(listed.keys.sorted()), shown are \(new.map(\.modelID))"
    }
    let known = Dictionary(old.map { ($0.modelID, $0) }) { first, _ in first }
    for model in new {
      guard let facts = listed[model.modelID] else { continue }
      if let broken = taken(model, facts, known[model.modelID], fall) { return broken }
    }
    return nil
  }

  private func taken(
    _ model: ReplicaFacts, _ facts: WorldEngine.Facts, _ old: ReplicaFacts?, _ fall: Int
  ) -> String? {
    for (fact, row) in open {
      guard let keeps = row.loose == 0 ? false : row.keeps(fall) else { continue }
      let expected = row.loose == 0 ? facts : keeps ? WorldEngine.Facts(old) : WorldEngine.Facts()
      let isRight =
        switch fact {
        case .condition: model.condition?.state == expected.state
        case .maxModelLen: model.maxModelLen == expected.maxModelLen
        case .version: model.version == expected.version
        }
      if !isRight { return "open: \(fact) of \(model.modelID) is wrong after \(row.loose) lost answers" }
    }
    return nil
  }

  private mutating func breakRows() {
    empty.strict = 0
    for fact in open.keys { open[fact]?.strict = 0 }
  }
}

extension WorldEngine.Facts {
  init(_ model: ReplicaFacts?) {
    self.init(
      state: model?.condition?.state, maxModelLen: model?.maxModelLen ?? 0, version: model?.version ?? "")
  }
}

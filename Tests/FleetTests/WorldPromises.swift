import Catalog

@testable import Fleet

/// Watches whether Rollcall keeps its promises in a world.
struct WorldPromises {
  private let settings: ProbeSettings
  var claims = WorldClaims()
  /// What the engine of each seat did, in this process.
  private var witnesses: [Seat: WorldWitness] = [:]
  /// Seats whose engine has ever answered.
  private var everAnswered: Set<Seat> = []
  /// Until when the last probe of a seat may take.
  private var probed: [Seat: Duration] = [:]
  /// Until when the last probe of a seat with a proof of life may take.
  private var proved: [Seat: Duration] = [:]
  /// Since when a seat must be READY, as far as the truth goes.
  private var servesSince: [Seat: Duration] = [:]
  /// How long a seat has been UNREACHABLE while the forget clock ran and it was probed.
  private var unreachableFor: [Seat: (time: Duration, blind: Duration)] = [:]
  private var wasMostlyUnreachable = false
  /// Seats whose engine went away.
  private var away: Set<Seat> = []
  /// Peers that do not answer.
  private var silentPeers: Set<String> = []
  /// When each id was claimed last, for the bound of the memory.
  private var ids: [String: Duration] = [:]
  private var last: Duration = .zero

  init(_ settings: ProbeSettings) { self.settings = settings }

  /// The time in which a dead engine must be found dead: `fall` intervals and their time-outs.
  private var detection: Duration {
    settings.interval * 1.4 + (settings.confirmation * 1.1 + settings.timeout) * settings.fall + .seconds(1)
  }
  /// The same where a key may be withheld: only so many refusals are the engine's.
  private var keylessDetection: Duration { detection + settings.interval * 1.1 * (settings.fall - 1) }
  /// The longest time between two probes of an engine, also of one that is away: two intervals.
  private var rhythm: Duration { settings.interval * 2.05 + settings.timeout + .seconds(1) }
  /// The time in which an engine that serves must be READY: two intervals, and the probes that confirm it.
  private var arrival: Duration { rhythm + (settings.confirmation * 1.1 + settings.timeout) * settings.rise }

  mutating func received(_ answer: SourceAnswer, _ fleet: WorldFleet) {
    let seats = Set(fleet.listed.values.map { Seat($0.facts) })
    let before = claims
    claims.received(answer, listed: seats, at: fleet.now)
    // Another claim on a seat is another engine.
    for (key, claim) in claims.claims
    where claim.isNamed && (before.claims[key]?.seat != claim.seat || claim.renewed == fleet.now) {
      away.remove(claim.seat)
      unreachableFor[claim.seat] = nil
    }
    silentPeers.remove(answer.source.name)
    for part in answer.parts {
      for id in part.engines.map(\.id) + part.unprobed.map(\.facts.id) { ids[id] = fleet.now }
    }
  }

  mutating func failed(_ source: SourceID) {
    claims.failed(source)
    if source.kind == .peer { silentPeers.insert(source.name) }
  }

  mutating func restart(_ fleet: WorldFleet, configured: Set<SourceID>) {
    let seats = Set(fleet.stored.values.map { Seat($0.facts) })
    claims.restart(configured: configured, seats: seats, at: fleet.now)
    (witnesses, probed, proved, servesSince, unreachableFor) = ([:], [:], [:], [:], [:])
    (silentPeers, away) = ([], [])
    wasMostlyUnreachable = true
    last = fleet.now
  }

  /// Checks all promises now; returns the broken promise in words, nil when all are kept.
  mutating func check(_ fleet: inout WorldFleet, _ truth: WorldTruth) -> String? {
    let now = fleet.now
    let probes = fleet.takeProbes()
    let engines = fleet.listed.values.map { (seat: Seat($0.facts), facts: $0.facts, models: $0.models) }
      .sorted { ($0.seat, $0.facts.id) < ($1.seat, $1.facts.id) }
    let seats = Set(engines.map(\.seat))
    for probe in probes {
      probed[probe.seat] = probe.at + probe.patience
      if probe.isProof { proved[probe.seat] = probe.at + probe.patience }
    }
    var landings = fleet.takeLandings()[...]
    for removal in fleet.takeRemovals() {
      let earlier = landings.prefix { $0.at <= removal.at }
      landings = landings.dropFirst(earlier.count)
      if let broken = witness(earlier) ?? stays(removal, truth) { return broken }
    }
    if let broken = witness(landings) ?? keys(probes) { return broken }
    claims.passTime(to: now, slack: .seconds(2), listed: seats)
    for (seat, facts, models) in engines {
      if let broken = claimed(seat, facts, models) ?? alive(seat, facts, fleet) { return broken }
    }
    if seats.count < engines.count { return "a place is listed twice" }
    let broken =
      unprobed(engines.map(\.facts)) ?? serving(engines.map(\.facts), truth, at: now)
      ?? risen(engines.map(\.facts)) ?? forgotten(engines.map { ($0.facts, $0.models) }, at: now)
    last = now
    return broken
  }

  private mutating func witness(_ landings: ArraySlice<WorldFleet.Landing>) -> String? {
    for landing in landings {
      let seat = Seat(landing.request.spec)
      if let broken = witnesses[seat, default: WorldWitness(settings)].landed(landing) {
        return "\(broken) (\(seat) at \(landing.at), \(landing.deed.gist))"
      }
      switch landing.deed.gist {
      case .good, .loading, .refused, .unwell, .notNow: everAnswered.insert(seat)
      default: break
      }
    }
    return nil
  }

  /// An engine stays listed unless its sources took it away, or it was forgotten.
  private func stays(_ removal: WorldFleet.Removal, _ truth: WorldTruth) -> String? {
    let seat = removal.seat
    let since = max(witnesses[seat]?.answered ?? .zero, removal.listedSince)
    let blind = witnesses[seat]?.blindness(at: removal.at) ?? .zero
    let end = since + blind + settings.forgetAfter
    guard !seat.isProbed || removal.at < end - .seconds(1) else { return nil }
    let holder = claims.holder(of: seat, at: removal.at) { seat in
      claims.at(seat).contains { truth.serves(seat.url, key: $0.key) }
    }
    return holder.map {
      "stays: \(seat) is removed at \(removal.at), before \(end), though \($0.source) \($0.part) did not take it away"
    }
  }

  /// No key goes to an address that its source names no more while another source names it.
  private func keys(_ probes: [WorldFleet.Probe]) -> String? {
    for probe in probes {
      guard let key = probe.key else { continue }
      let here = claims.claims.values.filter { $0.seat.url == probe.seat.url }
      guard here.contains(where: { $0.isNamed && $0.key != key }),
        here.allSatisfy({ $0.key != key || $0.omittedSince != nil })
      else { continue }
      return "key: \(probe.seat) gets \(key), whose source names the address no more"
    }
    return nil
  }

  /// A listed engine has a claim, and its models are its own namespace's where that is known.
  private func claimed(_ seat: Seat, _ facts: EngineFacts, _ models: [ReplicaFacts]) -> String? {
    guard claims.at(seat).isEmpty else { return nil }
    let foreign = models.map(\.modelID).filter { !$0.hasPrefix(seat.namespace + "/") }
    return foreign.isEmpty
      ? "gone: \(seat) is listed though no claim is left"
      : "leak: \(seat) lists \(foreign.joined(separator: ", ")) though no claim is left"
  }

  /// A READY engine has served of late, and every listed engine is probed.
  private func alive(_ seat: Seat, _ facts: EngineFacts, _ fleet: WorldFleet) -> String? {
    guard seat.isProbed else {
      if facts.condition.state == .ready, let peer = facts.via.last, silentPeers.contains(peer) {
        return "cut off: \(seat) is READY though its peer does not answer"
      }
      return nil
    }
    let now = fleet.now
    let start = fleet.listedSince[seat] ?? now
    let witness = witnesses[seat] ?? WorldWitness(settings)
    let renewed = claims.at(seat).compactMap(\.renewed).max() ?? .zero
    if facts.condition.state == .ready, start < renewed, witness.served < renewed {
      return "ready: \(seat) is READY though another pod is there since \(renewed), which has not answered"
    }
    if facts.condition.state == .ready, let broken = ready(seat, witness, since: start, at: now) { return broken }
    if now - max(probed[seat] ?? .zero, start, witness.waitUntil) > rhythm {
      return "probed: \(seat) is listed and was not probed since \(probed[seat] ?? start)"
    }
    let isExplained = facts.condition.state == .ready || !facts.condition.reason.isEmpty
    return isExplained ? nil : "reason: \(seat) is \(facts.condition.state.name), and nothing says why"
  }

  /// A READY engine has served of late, or is held by its own word; it is not frozen.
  private func ready(_ seat: Seat, _ witness: WorldWitness, since start: Duration, at now: Duration) -> String? {
    let detection = claims.at(seat).contains { $0.key != nil } ? keylessDetection : detection
    let sight = max(start, witness.lastBlind ?? .zero)
    if witness.isHeld, let since = witness.heldSince {
      let end = max(since + WorldWitness.holdLimit(settings) + .seconds(1), sight + detection)
      return now > end ? "held: \(seat) is READY and does not say how it is since \(since)" : nil
    }
    if now - max(witness.served, witness.lastHeld, witness.waitUntil, sight, proved[seat] ?? .zero) > detection {
      return "ready: \(seat) is READY and has not served since \(witness.served)"
    }
    let deadline = max(witness.freezeDeadline ?? now, sight + detection)
    return now > deadline ? "frozen: \(seat) is READY, and frozen since \(witness.frozen?.since ?? now)" : nil
  }

  /// An engine that is not probed is listed as its source describes it.
  private func unprobed(_ listed: [EngineFacts]) -> String? {
    let states = Dictionary(listed.map { (Seat($0), $0.condition.state) }) { first, _ in first }
    for (key, claim) in claims.claims where claim.isNamed && !claim.seat.isProbed {
      guard let state = states[claim.seat] else { return "missing: \(claim.seat) is named and not listed" }
      if key.source.kind == .peer, !silentPeers.contains(key.source.name), state != .ready {
        return "missing: \(claim.seat) is \(state.name) though its peer says READY"
      }
    }
    return nil
  }

  /// An engine that is claimed or listed, and serves, is READY in time.
  private mutating func serving(_ listed: [EngineFacts], _ truth: WorldTruth, at now: Duration) -> String? {
    let ready = Set(listed.filter { $0.condition.state == .ready }.map { Seat($0) })
    let frozen = Set(listed.filter { $0.condition.cause == .frozen }.map { Seat($0) })
    let holders = Dictionary(listed.map { ($0.id, Seat($0)) }) { first, _ in first }
    var seats = Set(listed.map { Seat($0) })
    for (key, claim) in claims.claims where claim.isNamed {
      // A claim whose id another engine has is refused, which the log says.
      if holders[key.id].map({ $0 == claim.seat }) ?? true { seats.insert(claim.seat) }
    }
    var since: [Seat: Duration] = [:]
    for seat in seats.sorted() where seat.isProbed {
      let here = claims.at(seat)
      guard here.allSatisfy({ !$0.isHinted && truth.serves(seat.url, key: $0.isNamed ? $0.key : nil) }), !here.isEmpty
      else { continue }
      let start = max(servesSince[seat] ?? now, here.compactMap(\.renewed).max() ?? .zero)
      since[seat] = start
      let witness = witnesses[seat] ?? WorldWitness(settings)
      // A frozen engine is asked for a proof in a rhythm of its own.
      let isFrozen = frozen.contains(seat)
      let end = max(start, witness.waitUntil, witness.lastBlind ?? .zero) + arrival
      if now > end + (isFrozen ? settings.interval * 1.2 + settings.proofTimeout : .zero), !ready.contains(seat) {
        return "serves: \(seat) serves since \(start) and is not READY"
      }
    }
    servesSince = since
    return nil
  }

  /// An engine that went away is READY after `rise` good answers.
  private mutating func risen(_ listed: [EngineFacts]) -> String? {
    // One that no source claimed meanwhile is another.
    away = away.filter { seat in claims.at(seat).contains { !$0.mayGo } }
    for facts in listed {
      let seat = Seat(facts)
      guard seat.isProbed else { continue }
      if facts.condition.state == .unreachable { away.insert(seat) }
      // An engine that loads has come back already.
      if facts.condition.state == .loading { away.remove(seat) }
      guard facts.condition.state == .ready, away.remove(seat) != nil else { continue }
      let count = witnesses[seat]?.risenAfter ?? 0
      if count < settings.rise { return "rise: \(seat) was away and is READY after \(count) answers" }
    }
    return nil
  }

  /// An engine that is UNREACHABLE for long enough is forgotten, unless most engines that ever answered are.
  private mutating func forgotten(_ listed: [(facts: EngineFacts, models: [ReplicaFacts])], at now: Duration) -> String?
  {
    // What an older process heard counts, as far as the store shows it.
    let probed = listed.filter { Seat($0.facts).isProbed }
    let isMostlyUnreachable = [
      probed.filter { !$0.models.isEmpty }, probed.filter { everAnswered.contains(Seat($0.facts)) },
    ].contains { known in
      known.count { $0.facts.condition.state == .unreachable } * 2 > known.count
    }
    let isStill = wasMostlyUnreachable || isMostlyUnreachable
    wasMostlyUnreachable = isMostlyUnreachable
    var times: [Seat: (time: Duration, blind: Duration)] = [:]
    for (facts, _) in listed where facts.condition.state == .unreachable {
      let seat = Seat(facts)
      guard seat.isProbed, claims.at(seat).allSatisfy({ !$0.isHinted }) else { continue }
      let before = unreachableFor[seat]
      let blind = witnesses[seat]?.blindness(at: now) ?? .zero
      let step = max(.zero, now - last - max(.zero, blind - (before?.blind ?? .zero)))
      // Between two looks it may have been something else.
      let isNew = before == nil || (witnesses[seat]?.answered ?? .zero) > last
      let time = isNew ? .zero : (before?.time ?? .zero) + (isStill ? .zero : step)
      times[seat] = (time, blind)
      // An engine that asks to be left alone is forgotten with the probe after, if that can be made.
      let unasked = max(witnesses[seat]?.waitUntil ?? .zero, witnesses[seat]?.lastBlind ?? .zero)
      let isAsked = now > unasked + rhythm
      if time > settings.forgetAfter + rhythm + detection, isAsked {
        return "forgotten: \(seat) is UNREACHABLE for \(time) and still listed"
      }
    }
    unreachableFor = times
    return nil
  }

  /// Checks that nothing is left when every source has been empty for longer than any doubt.
  func checkEnd(_ fleet: WorldFleet, sources: Int) -> String? {
    guard fleet.listed.isEmpty else { return "end: still listed are \(fleet.words)" }
    return fleet.size > 45 + 4 * sources ? "end: \(fleet.size) elements are left in memory" : nil
  }

  /// Checks that memory is bounded by the engines that were claimed of late.
  mutating func checkSize(_ fleet: WorldFleet) -> String? {
    let oldest = fleet.now - .seconds(700)
    ids = ids.filter { $0.value >= oldest }
    let engines = Set(ids.keys).union(fleet.listed.keys).union(claims.claims.keys.map(\.id)).count
    let (size, bound) = (fleet.size, 60 * (engines + 8))
    return size > bound ? "memory: \(size) elements for \(engines) engines" : nil
  }
}

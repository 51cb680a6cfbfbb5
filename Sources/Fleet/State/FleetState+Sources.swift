import Catalog

/// What sources say.
extension FleetState {
  /// Returns the engines whose readings came with it.
  @discardableResult
  mutating func hear(_ answer: SourceAnswer, at now: Moment) -> [UnprobedEngine] {
    let source = answer.source
    unspoken.remove(source)
    awaited.remove(source)
    var heard = heard[source] ?? SourceState()
    if heard.silence != nil, answer.silence == nil { notes.append(.heardAgain(source: source)) }
    if let silence = answer.silence, heard.silence != silence { notes.append(.silent(source: source, reason: silence)) }
    heard.silence = answer.silence
    heard.hasSpoken = true
    heard.answers += 1
    let before = heard.sourceGuard.believed.count
    let claims = answer.claims.map(inCluster)
    // What a part of it could not tell is not what it was told to leave out.
    let isChanged = heard.isChanged && answer.silence == nil
    if isChanged { heard.isChanged = false }
    switch heard.sourceGuard.hear(
      claims, isExplicit: answer.isExplicit, isChanged: isChanged, ended: answer.ended, at: now.up)
    {
    case .doubted(isNew: true): notes.append(.doubted(source: source, before: before, now: claims.count))
    case .doubted(isNew: false), .believed: break
    }
    self.heard[source] = heard
    reconcile(at: now)
    forgetUnnamed()
    noteMajority()
    checkSweep()
    return answer.told.filter { $0.observedAt != nil && told[$0.facts.id]?.sources.first == source }
  }

  /// A source cannot be asked.
  mutating func silent(_ source: String, _ reason: String, at now: Moment) {
    var heard = heard[source] ?? SourceState()
    let before = heard.silence
    heard.silence = reason
    heard.failures += 1
    self.heard[source] = heard
    // Whoever mends one mistake is to hear of the next.
    if before != reason { notes.append(.silent(source: source, reason: reason)) }
    guard before == nil else { return }
    reconcile(at: now)
    if !heard.hasSpoken { doubtRemembered(source, reason, at: now.wall) }
  }

  /// A source is not asked any more.
  mutating func drop(_ source: String, at now: Moment) {
    heard[source] = nil
    unspoken.remove(source)
    awaited.remove(source)
    reconcile(at: now)
    forgetUnnamed()
    noteMajority()
    checkSweep()
  }

  /// A source was told to look for something else.
  mutating func expectChange(of source: String) { heard[source]?.isChanged = true }

  /// Names of the sources that do not answer: what they know may be missing or old.
  var unreachableSources: [String] {
    let silent = heard.filter { $0.value.silence != nil }.map(\.key)
    return Set(silent).union(unspoken.subtracting(awaited)).sorted()
  }

  /// Believes what has stood for long enough.
  mutating func passTime(to now: Moment) {
    var isChanged = false
    for source in heard.keys where heard[source]?.sourceGuard.passTime(to: now.up) == true {
      isChanged = true
      notes.append(.believedAtLast(source: source))
    }
    if isChanged { reconcile(at: now) }
    if !awaited.isEmpty, now.up >= settings.sourceTimeout {
      notes.append(.silentSources(awaited.sorted()))
      awaited = []
      checkSweep()
    }
    if unswept != nil, !isSweepLate, now.up >= settings.sweepTimeout {
      isSweepLate = true
      checkSweep()
    }
  }

  /// Makes the members those that the sources name, disturbing none that stays.
  private mutating func reconcile(at now: Moment) {
    let sources = heard.sorted { SourceState.precedes($0.key, $1.key) }.map { (name: $0.key, heard: $0.value) }
    let claims = FleetClaims(sources, standing: standing, remembered: rememberedPlaces)
    noteRefusals(claims.refused)
    rememberWorkloads(claims)
    let ids = Set(claims.probed.lazy.map(\.spec.id))
    let told = Set(claims.told.lazy.map(\.engine.facts.id))
    let gone = members.keys.filter { !ids.contains($0) }
    for id in gone where told.contains(id) { remove(id) }
    var added: [FleetClaims.Probed] = []
    for claim in claims.probed {
      if let member = members[claim.spec.id], !isAnotherProcess(claim.spec, than: member.tracker.spec) {
        edit(claim, at: now)
      } else {
        added.append(claim)
      }
    }
    // Few are probed at once, many one after the other; and then all of them evenly.
    let window = min(.milliseconds(added.count), settings.sweepWindow)
    for claim in added {
      if members[claim.spec.id] != nil { remove(claim.spec.id) }
      takeOver(claim.spec.id)
      let rank = jitter(0...1)
      add(
        claim, due: now.up + window * rank, firstGap: window + (settings.interval - window) * rank, at: now.wall)
    }
    retell(claims.told, at: now.wall)
    // Last, so that a model which another engine takes over is not without any in between.
    for id in gone where !told.contains(id) { remove(id) }
  }

  private func inCluster(_ claim: Claim) -> Claim {
    switch claim {
    case .probed(var spec):
      if spec.cluster.isEmpty { spec.cluster = settings.cluster }
      return .probed(spec)
    case .told(var engine):
      if engine.facts.cluster.isEmpty { engine.facts.cluster = settings.cluster }
      return .told(engine)
    }
  }

  /// A pod that has another's name or address.
  private func isAnotherProcess(_ new: EngineSpec, than old: EngineSpec) -> Bool {
    !new.podUID.isEmpty && !old.podUID.isEmpty && new.podUID != old.podUID
  }

  private var standing: FleetClaims.Standing {
    Dictionary(members.map { ($1.tracker.spec.place, (id: $0, namedBy: $1.namedBy)) }) { first, _ in first }
  }

  /// What the store calls engines of which no source has spoken yet.
  private var rememberedPlaces: [EnginePlace: String] {
    Dictionary(
      remembered.values.compactMap { known in EnginePlace(known.facts).map { ($0, known.facts.id) } }
    ) { first, _ in first }
  }

  private mutating func noteRefusals(_ refused: Set<FleetClaims.Refused>) {
    for refusal in refused.subtracting(refusals) { notes.append(.refused(refusal)) }
    refusals = refused
  }

  private mutating func edit(_ claim: FleetClaims.Probed, at now: Moment) {
    let spec = claim.spec
    let wordBefore = members[spec.id]?.tracker.spec.word
    take(claim)
    let edited = change(spec.id) { ($0.edit(spec, at: now.wall), $0.doubt(claim.doubt, at: now.wall)) }
    guard let ((observation, isContactNew), doubted) = edited else { return }
    for observation in [observation, doubted].compactMap({ $0 }) { queue.push(observation) }
    // What its source says anew is looked at anew.
    if isContactNew || wordBefore != spec.word { renewContact(spec.id, due: now.up) }
  }
}

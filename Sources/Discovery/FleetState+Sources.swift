import Catalog

/// What sources say.
extension FleetState {
  mutating func hear(_ answer: SourceAnswer, at now: Moment) {
    let source = answer.source
    unspoken.remove(source)
    awaited.remove(source)
    if guards[source] == nil { sources.append(source) }
    var sourceGuard = guards[source] ?? SourceGuard()
    let before = sourceGuard.believed.count
    switch sourceGuard.hear(answer.engines, isExplicit: answer.isExplicit, at: now.up) {
    case .doubted(isNew: true): notes.append(.doubted(source: source, before: before, now: answer.engines.count))
    case .doubted(isNew: false), .believed: break
    }
    guards[source] = sourceGuard
    reconcile(at: now)
    forgetUnnamed()
    noteMajority()
    checkSweep()
  }

  /// Believes what has stood for long enough.
  mutating func passTime(to now: Moment) {
    var isChanged = false
    for source in sources where guards[source]?.passTime(to: now.up) == true {
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
    var wanted: Set<String> = []
    var added: [EngineSpec] = []
    for source in sources {
      guard let sourceGuard = guards[source] else { continue }
      let leftOut = sourceGuard.leftOut
      for spec in sourceGuard.believed where wanted.insert(spec.id).inserted {
        let doubt = leftOut.contains(spec.id) ? SourceDoubt.text(source: source) : ""
        if members[spec.id] == nil {
          added.append(spec)
        } else {
          edit(spec, doubt: doubt, at: now)
        }
      }
    }
    for id in members.keys where !wanted.contains(id) {
      remove(id)
    }
    // Few are probed at once, many one after the other; and then all of them evenly.
    let window = min(.milliseconds(added.count), settings.sweepWindow)
    for spec in added {
      let rank = jitter(0...1)
      add(
        spec, due: now.up + window * rank, firstGap: window + (settings.interval - window) * rank, at: now.wall)
    }
  }

  private mutating func edit(_ spec: EngineSpec, doubt: String, at now: Moment) {
    let edited = change(spec.id) { ($0.edit(spec, at: now.wall), $0.doubt(doubt, at: now.wall)) }
    guard let ((observation, isContactNew), doubted) = edited else { return }
    for observation in [observation, doubted].compactMap({ $0 }) { queue.push(observation) }
    if isContactNew { renewContact(spec.id, due: now.up) }
  }
}

import Catalog

/// The step from the outcome of a probe to a finding.
extension EngineTracker {
  mutating func judge(_ outcome: ProbeOutcome, at now: Moment, forgetting: Duration) -> Observation? {
    let wall = now.wall
    switch outcome {
    case .healthy(let report):
      let good = successes
      answer()
      keylessRefusals = 0
      if isAsleep { life = nil }
      if let frozen = life?.frozen {
        return answered(Found(.failed, .frozen, frozen), report, at: wall)
      }
      successes = good + 1
      let wasAway = isForgotten || probed?.state == .unreachable || probed?.state == .failed
      guard !wasAway || successes >= settings.rise else { return nil }
      hasServed = true
      life = life ?? LifeWatch(at: now.up, isBusy: work.isBusy)
      let found = isAsleep ? Found(.cold, .asleep, "asleep") : Found(.ready, .none, report.remark)
      return answered(found, report, at: wall)
    case .loading(let reason, let report):
      answer()
      hasServed = false
      return answered(Found(.loading, .loading, reason), report, at: wall)
    case .draining(let reason, let report):
      answer()
      return answered(Found(.draining, .draining, reason), report, at: wall)
    case .unhealthy(let reason, let report):
      answer()
      // The list of an engine with a dead worker is not news.
      return hasServed
        ? become(Found(.failed, .unhealthy, reason), at: wall)
        : answered(Found(.loading, .loading, reason), report, at: wall)
    case .refused(let reason):
      answer()
      // Its source, which has not answered since the start, may have the right key.
      if spec.isKeyUnknown {
        keylessRefusals += 1
        if keylessRefusals < settings.fall { return nil }
      }
      return become(Found(.failed, .keyRefused, reason), at: wall)
    case .broken(let reason):
      hold.release()
      return hasFallen(isCertain: false) ? become(Found(.failed, .malformed, reason), at: wall) : nil
    case .ownFailure: return nil
    case .notNow(let reason, let wait, let report):
      let until = wait.map { wall + min($0, ProbeSettings.longestWait) }
      let end = until.map { " until \(Timestamp(microseconds: $0.seconds * 1_000_000).rfc3339)" } ?? ""
      let reason = Hold.Reason(cause: .notNow, text: "not now: \(reason)\(end)")
      failures += 1
      if let kept = keep(reason, at: now.up) { return answered(kept, report, at: wall) }
      return lost(Found(.unreachable, .notNow, reason.text), at: wall, forgetting: forgetting)
    case .down(let reason, let isCertain, let cause):
      let isFallen = hasFallen(isCertain: isCertain)
      if cause == .unanswered, work.isBusy,
        let kept = keep(Hold.Reason(cause: cause, text: "busy: no answer in time, with requests under way"), at: now.up)
      {
        return become(kept, at: wall)
      }
      guard isFallen else { return nil }
      // A refused connection means that the process has ended: the next one is another.
      if isCertain { (hasServed, life, work) = (false, nil, WorkMemory()) }
      return lost(Found(.unreachable, cause, reason), at: wall, forgetting: forgetting)
    }
  }

  /// Notes that the engine says how it is.
  private mutating func answer() {
    (failures, successes) = (0, 0)
    hold.release()
  }

  /// The finding of an engine that keeps its state for this reason; nil when it has none to keep, or not any more.
  private mutating func keep(_ reason: Hold.Reason, at up: Duration) -> Found? {
    guard let probed, probed.state != .unreachable, hold.keeps(reason, at: up, settings) else { return nil }
    // Why it fails counts for more than why that is not confirmed.
    return probed.state == .failed ? probed : Found(probed.state, .notNow, reason.text)
  }

  /// Takes the finding that the engine does not answer, or takes no requests for too long.
  private mutating func lost(_ found: Found, at wall: Timestamp, forgetting: Duration) -> Observation? {
    guard !isForgotten else { return nil }
    let since = unreachableSince ?? forgetting
    guard forgetting - since < settings.forgetAfter || spec.isHeld else { return forget() }
    unreachableSince = since
    return lose(found, at: wall)
  }

  mutating func lose(_ found: Found, at wall: Timestamp) -> Observation? {
    hold.release()
    // The engine that answers there next may be of another kind, or stand behind something else.
    knowsHealth = false
    needsVersion = true
    isAsleep = false
    // The first reason stays: clients do not need every way in which the engine does not answer. A fault of certificates
    // is for the operator to mend, who needs the present one.
    let first = probed.flatMap { $0.state == .unreachable ? $0 : nil }
    return become(first.flatMap { [$0.cause, found.cause].contains(.noTLS) ? nil : $0 } ?? found, at: wall)
  }

  /// Counts a failure; returns whether there were enough of them to believe it.
  private mutating func hasFallen(isCertain: Bool) -> Bool {
    failures += 1
    successes = 0
    let wasServing = probed.map { $0.state != .unreachable && $0.state != .failed } ?? false
    return !wasServing || isCertain || failures >= settings.fall
  }

  private mutating func forget() -> Observation {
    facts = nil
    models = nil
    probed = nil
    (hasServed, life, work) = (false, nil, WorkMemory())
    isForgotten = true
    unreachableSince = nil
    return .forgotten(engineID: spec.id)
  }
}

import Catalog

/// One engine as one source claims it. Indirect, so that lists of claims are cheap to copy.
indirect enum Claim: Hashable, Sendable {
  case probed(EngineSpec)
  case unprobed(UnprobedEngine)

  var id: String {
    switch self {
    case .probed(let spec): spec.id
    case .unprobed(let engine): engine.facts.id
    }
  }

  var podUID: String {
    switch self {
    case .probed(let spec): spec.podUID
    case .unprobed(let engine): engine.facts.podUID
    }
  }

  /// Whether another claim says the same, readings apart.
  func isSame(as other: Claim) -> Bool {
    switch (self, other) {
    case (.probed(let spec), .probed(let otherSpec)): spec == otherSpec
    case (.unprobed(let engine), .unprobed(let otherEngine)):
      engine.facts.isSame(as: otherEngine.facts) && engine.models == otherEngine.models
        && engine.workload == otherEngine.workload
    default: false
    }
  }

  /// The description of an engine that is to be probed; nil for another.
  var spec: EngineSpec? {
    if case .probed(let spec) = self { spec } else { nil }
  }
}

extension EngineFacts {
  /// Whether others say the same. A source that makes a condition anew dates it anew.
  fileprivate func isSame(as other: EngineFacts) -> Bool {
    var own = self
    if condition.state == other.condition.state { own.condition.changedAt = other.condition.changedAt }
    return own == other
  }
}

/// What a claim is worth now.
enum Standing: Hashable, Sendable {
  /// The source's last answer names the engine. `isFresh`: that answer was complete, and the source answers.
  case named(isFresh: Bool)
  /// The store remembers the claim: the source has not answered since the start.
  case remembered
  /// A complete part omits the engine, and its removal is not believed yet. `minutes`: for how long.
  case omitted(minutes: Int)

  var isOmitted: Bool {
    if case .omitted = self { true } else { false }
  }
  var isNamed: Bool {
    if case .named = self { true } else { false }
  }
}

/// Between claims and the store.
extension Claim {
  /// Makes the claim that the store remembers; nil when its URL or its names are not valid any more.
  init?(_ stored: EngineClaim, on known: KnownEngine) {
    var facts = known.facts
    facts.claims = []
    guard stored.isProbed else {
      facts.id = stored.id
      self = .unprobed(UnprobedEngine(facts: facts, models: known.models, workload: stored.workload))
      return
    }
    let described = try? EngineSpec(
      url: facts.endpoint, kind: stored.kind.isEmpty ? nil : stored.kind,
      keyEnv: stored.keyEnv.isEmpty ? nil : stored.keyEnv, keyFile: stored.keyFile.isEmpty ? nil : stored.keyFile,
      namespace: facts.namespace, cluster: facts.cluster.isEmpty ? nil : facts.cluster, labels: facts.labels,
      id: stored.id)
    guard var spec = described else { return nil }
    spec.isKeyUnknown = stored.hasLiteralKey
    spec.isDraining = stored.isDraining
    spec.podUID = facts.podUID
    spec.lifecycle = LifecycleHint(cause: stored.hintCause, stored.hint)
    spec.workload = stored.workload
    spec.modelVersion = stored.modelVersion
    spec.timeout = stored.timeout
    EngineOptions(stored.options, spelling: \.rawValue).applyValid(to: &spec)
    self = .probed(spec)
  }

  /// The claim as the store keeps it.
  func stored(source: SourceID, part: String, omittedMinutes: Int?) -> EngineClaim {
    var stored = EngineClaim(
      sourceKind: source.kind.rawValue, sourceName: source.name, part: part, id: id, omittedMinutes: omittedMinutes,
      isProbed: false)
    switch self {
    case .unprobed(let engine): stored.workload = engine.workload
    case .probed(let spec):
      stored.isProbed = true
      stored.kind = spec.kind?.rawValue ?? ""
      switch spec.key {
      case .environment(let name): stored.keyEnv = name
      case .file(let path): stored.keyFile = path
      case .literal: stored.hasLiteralKey = true
      case nil: stored.hasLiteralKey = spec.isKeyUnknown
      }
      stored.isDraining = spec.isDraining
      if let hint = spec.lifecycle.condition { (stored.hintCause, stored.hint) = (hint.cause, hint.text) }
      stored.workload = spec.workload
      stored.modelVersion = spec.modelVersion
      stored.timeout = spec.timeout
      stored.options = EngineOptions(asking: spec).named
    }
    return stored
  }
}

extension LifecycleHint {
  /// The hint of a stored cause and text; `.none` for a cause that is no hint.
  fileprivate init(cause: StateCause, _ text: String) {
    switch cause {
    case .starting: self = .starting(text)
    case .notReady: self = .unready(text)
    case .cannotStart, .evicted: self = .failing(text, cause: cause)
    case .ending: self = .ending(text)
    default: self = .none
    }
  }
}

extension SourceID {
  /// The source of a stored claim; nil when this version knows no such kind.
  init?(_ stored: EngineClaim) {
    guard let kind = Kind(rawValue: stored.sourceKind) else { return nil }
    self.init(kind, stored.sourceName)
  }
}

/// A probe of one engine.
package struct ProbeRequest: Hashable, Sendable {
  package var spec: EngineSpec
  /// The kind that was detected before; nil when the spec has the kind, or none is known.
  package var detected: EngineKind?
  package var wantsVersion: Bool
  /// Paths that the engine does not have, as an earlier probe found.
  package var skipping: Set<String>
  /// The proof of life to make; nil in most probes, because it takes a real completion.
  package var proof: ProofRequest?
  /// For all exchanges of the probe together, except the proof.
  package var timeout: Duration
  /// Whether the engine's health has once answered well.
  package var knowsHealth = false
  /// The largest number of models that are taken of the engine.
  package var modelLimit = ProbeSettings().modelLimit

  package init(
    spec: EngineSpec, detected: EngineKind? = nil, wantsVersion: Bool = true, skipping: Set<String> = [],
    proof: ProofRequest? = nil, timeout: Duration
  ) {
    self.spec = spec
    self.detected = detected
    self.wantsVersion = wantsVersion
    self.skipping = skipping
    self.proof = proof
    self.timeout = timeout
  }
}

extension ProbeRequest {
  /// The requests that list the models in a dialect, of which the first that the engine has counts.
  func lists(_ dialect: Dialect) -> [EngineRequest] {
    // A list in a form of its own stays where that form is.
    guard let path = spec.paths.list, dialect.lists[0].body == nil else { return dialect.lists }
    return [Dialect.list(at: path)]
  }

  /// A request in words: the method and the whole URL.
  func asked(_ method: String, _ path: String) -> String { "\(method) \(spec.url)\(path)" }

  /// Why a key was refused, in words.
  var keyReason: String {
    if spec.isKeyUnknown { return "its source, which knows the key, has not answered yet" }
    return spec.key == nil ? "no key was given" : "check the key"
  }
}

/// A small task to be requested of one of the engine's models, as a proof of life.
package struct ProofRequest: Hashable, Sendable {
  /// The models to try, in order.
  package var modelIDs: [String]
  /// The task that the engine did last; nil when it did none yet.
  package var task: ProofTask?
  /// For all requests of the proof together.
  package var timeout: Duration
  /// Whether the engine counts as frozen already: a new suspect is more urgent.
  package var isRetry: Bool

  package init(modelIDs: [String], task: ProofTask? = nil, timeout: Duration, isRetry: Bool = false) {
    self.modelIDs = modelIDs
    self.task = task
    self.timeout = timeout
    self.isRetry = isRetry
  }
}

/// The maker of probes.
package protocol Prober: Sendable {
  /// Ends within about the request's timeout.
  func probe(_ request: ProbeRequest) async -> ProbeOutcome
  /// Called once, when no probe will follow.
  func shutdown() async
}

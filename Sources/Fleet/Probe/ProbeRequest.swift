/// One probe to be made.
package struct ProbeRequest: Hashable, Sendable {
  package var spec: EngineSpec
  /// What was detected before; nil when the spec tells the kind, or nothing is known (any more).
  package var detected: EngineKind?
  package var wantsVersion: Bool
  /// Paths that the engine is known not to have.
  package var skipping: Set<String>
  /// nil mostly: proving life takes a real completion.
  package var proof: ProofRequest?
  /// For all of the probe's exchanges together, but for the proof.
  package var timeout: Duration

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

/// A completion of one token to be asked for, as a proof of life.
package struct ProofRequest: Hashable, Sendable {
  package var modelID: String
  /// Until the whole answer.
  package var timeout: Duration

  package init(modelID: String, timeout: Duration) {
    self.modelID = modelID
    self.timeout = timeout
  }
}

/// Whatever makes probes.
package protocol Prober: Sendable {
  /// Ends within about the request's timeout.
  func probe(_ request: ProbeRequest) async -> ProbeOutcome
  /// Called once, when no probe will follow.
  func shutdown() async
}

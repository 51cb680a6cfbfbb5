/// One probe to be made.
package struct ProbeRequest: Hashable, Sendable {
  package var spec: EngineSpec
  /// What was detected before; nil when the spec tells the kind, or nothing is known (any more).
  package var detected: EngineKind?
  package var wantsVersion: Bool
  /// For all of the probe's exchanges together.
  package var timeout: Duration

  package init(spec: EngineSpec, detected: EngineKind? = nil, wantsVersion: Bool = true, timeout: Duration) {
    self.spec = spec
    self.detected = detected
    self.wantsVersion = wantsVersion
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

package import Catalog

/// All that one source knows of the engines.
package struct SourceAnswer: Sendable {
  package var source: String
  /// Those that are to be probed.
  package var engines: [EngineSpec]
  /// Those of which the source tells everything.
  package var told: [UnprobedEngine]
  /// Someone said so: a smaller list needs no other reason.
  package var isExplicit: Bool
  /// Ids that the source itself saw end: they go at once, even when the rest of the answer is doubted.
  package var ended: Set<String>
  /// Why a part of it cannot be asked now, and so may be missing; nil when all can.
  package var silence: String?

  package init(
    source: String, engines: [EngineSpec], told: [UnprobedEngine] = [], isExplicit: Bool, ended: Set<String> = [],
    silence: String? = nil
  ) {
    self.source = source
    self.engines = engines
    self.told = told
    self.isExplicit = isExplicit
    self.ended = ended
    self.silence = silence
  }
}

/// An engine that is not probed: one of a peer's, a pod that has no address yet, a workload that is scaled to zero.
package struct UnprobedEngine: Hashable, Sendable {
  package var facts: EngineFacts
  /// What its workload is known to serve counts before; nil: and else what is known already of it.
  package var models: [ReplicaFacts]?
  /// As in `EngineSpec`.
  package var workload: String
  /// When it last answered whoever asks it; nil where nobody does.
  package var observedAt: Timestamp?
  /// What it does now; nil: what was told before stays.
  package var load: EngineLoad?

  package init(
    facts: EngineFacts, models: [ReplicaFacts]?, workload: String = "", observedAt: Timestamp? = nil,
    load: EngineLoad? = nil
  ) {
    self.facts = facts
    self.models = models
    self.workload = workload
    self.observedAt = observedAt
    self.load = load
  }
}

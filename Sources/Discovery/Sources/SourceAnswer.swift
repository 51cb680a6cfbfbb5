package import Catalog

/// All that one source knows of the engines.
package struct SourceAnswer: Sendable {
  package var source: String
  /// Those that are to be probed.
  package var engines: [EngineSpec]
  /// Those of which the source tells everything.
  package var told: [ToldEngine]
  /// Someone said so: a smaller list needs no other reason.
  package var isExplicit: Bool
  /// Ids that the source itself saw end: they go at once, even when the rest of the answer is doubted.
  package var ended: Set<String>

  package init(
    source: String, engines: [EngineSpec], told: [ToldEngine] = [], isExplicit: Bool, ended: Set<String> = []
  ) {
    self.source = source
    self.engines = engines
    self.told = told
    self.isExplicit = isExplicit
    self.ended = ended
  }
}

/// An engine that is not probed: one of a peer's, a pod that has no address yet, a workload that is scaled to zero.
package struct ToldEngine: Hashable, Sendable {
  package var facts: EngineFacts
  /// nil: those that are known already of it, or of its workload.
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

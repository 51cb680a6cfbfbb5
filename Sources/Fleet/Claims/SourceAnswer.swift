package import Catalog

/// All that one source knows of the engines.
package struct SourceAnswer: Sendable {
  package var source: SourceID
  /// Engines that are to be probed.
  package var engines: [EngineSpec]
  /// Engines of which the source tells everything.
  package var unprobed: [UnprobedEngine]
  /// Whether an operator wrote it: a smaller list needs no other reason.
  package var isExplicit: Bool
  /// Ids that the source itself saw end: they go at once, even when the rest of the answer is doubted.
  package var ended: Set<String>
  /// Why a part of it cannot be asked now, and so may be missing; nil when all can.
  package var outage: String?

  package init(
    source: SourceID, engines: [EngineSpec], unprobed: [UnprobedEngine] = [], isExplicit: Bool, ended: Set<String> = [],
    outage: String? = nil
  ) {
    self.source = source
    self.engines = engines
    self.unprobed = unprobed
    self.isExplicit = isExplicit
    self.ended = ended
    self.outage = outage
  }
}

/// An engine that is not probed: one of a peer's, a pod that has no address yet, a workload that is scaled to zero.
package struct UnprobedEngine: Hashable, Sendable {
  package var facts: EngineFacts
  /// What its workload is known to serve counts before; nil: and else what is known already of it.
  package var models: [ReplicaFacts]?
  /// As in `EngineSpec`.
  package var workload: String
  /// When it last answered the Rollcall that probes it; nil where none does.
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

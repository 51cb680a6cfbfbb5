package import Catalog

/// The complete answer of one source: all engines that it knows.
package struct SourceAnswer: Sendable {
  package var source: SourceID
  /// Engines that are to be probed.
  package var engines: [EngineSpec]
  /// Engines that are not probed, because the source reports all of their facts.
  package var unprobed: [UnprobedEngine]
  /// Whether an operator wrote the answer: then it may be smaller without another reason.
  package var isExplicit: Bool
  /// Ids of engines that the source itself saw end: they are removed at once, even when the rest of the answer is
  /// doubted.
  package var ended: Set<String>
  /// Why a part of the source does not answer now, so that its engines may be missing; nil when all parts answer.
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
  /// The models that it serves, unless its workload is known to serve others; nil: those that are known already.
  package var models: [ReplicaFacts]?
  /// As in `EngineSpec`.
  package var workload: String
  /// When it last answered the Rollcall that probes it; nil when none does.
  package var observedAt: Timestamp?
  /// Its current load; nil: the last reported load stays.
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

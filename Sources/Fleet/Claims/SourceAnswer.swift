package import Catalog

/// The answer of one source: its parts, each with the engines that the source knows there.
///
/// A source names all of its parts in every answer. A part that it names no more was taken out of its query.
package struct SourceAnswer: Sendable {
  package var source: SourceID
  package var parts: [SourcePart]
  /// The entries of the source that are left out, each with the reason, up to `noticeLimit`.
  package var notices: [String] = []
  package static let noticeLimit = 100

  package init(source: SourceID, parts: [SourcePart]) {
    self.source = source
    self.parts = parts
  }

  /// The answer of a source that has one part.
  package init(
    source: SourceID, engines: [EngineSpec], unprobed: [UnprobedEngine] = [], trust: SourcePart.Trust = .reported,
    ended: Set<String> = []
  ) {
    self.init(source: source, parts: [SourcePart(engines: engines, unprobed: unprobed, trust: trust, ended: ended)])
  }

  /// Why a part of the source does not answer now; nil when all parts answer.
  package var outage: String? { parts.lazy.compactMap(\.outage).first }
}

/// A part of a source's answer that can be complete by itself: a Kubernetes namespace and resource, a name, a file.
/// Only a complete part takes an engine away, and only one that the part itself claimed.
package struct SourcePart: Sendable {
  /// How much a smaller part counts.
  package enum Trust: Hashable, Sendable {
    /// A program reports it: a part that loses most of its engines may be the program's fault.
    case reported
    /// An operator's file, which may have been read while it was written: a part that loses most of its engines counts
    /// after it stood for some seconds.
    case edited
    /// An operator's command, or this server's own records: counts at once.
    case declared
  }

  /// Unique in the source and stable across restarts; empty for the only part.
  package var name: String
  /// Engines that are to be probed.
  package var engines: [EngineSpec]
  /// Engines that are not probed, because the source reports all of their facts.
  package var unprobed: [UnprobedEngine]
  /// Whether these are all engines of the part. An incomplete part takes nothing away.
  package var isComplete: Bool
  /// Why the part does not answer now; nil when it does, or was not asked yet.
  package var outage: String?
  /// Whether the part is still to be asked for the first time: the first sweep waits for it.
  package var isPending: Bool
  package var trust: Trust
  /// Whether the source can be asked about one engine: then an engine that the part omits stays until the source
  /// denies it.
  package var isAskable: Bool
  /// Ids of engines that the source itself saw end: they are removed at once, even when the rest of the part is
  /// doubted.
  package var ended: Set<String>

  package init(
    name: String = "", engines: [EngineSpec], unprobed: [UnprobedEngine] = [], isComplete: Bool = true,
    outage: String? = nil, isPending: Bool = false, trust: Trust = .reported, isAskable: Bool = false,
    ended: Set<String> = []
  ) {
    self.name = name
    self.engines = engines
    self.unprobed = unprobed
    self.isComplete = isComplete
    self.outage = outage
    self.isPending = isPending
    self.trust = trust
    self.isAskable = isAskable
    self.ended = ended
  }
}

/// An engine that a complete part omits, and that counts until its removal is believed.
package struct OmittedEngine: Hashable, Sendable {
  /// The name of the part.
  package var part: String
  package var id: String
  /// The UID of its pod; empty when it has none, or when it is unknown.
  package var podUID: String

  package init(part: String, id: String, podUID: String) {
    self.part = part
    self.id = id
    self.podUID = podUID
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

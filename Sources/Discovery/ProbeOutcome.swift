package import Catalog

/// What one probe found out.
package enum ProbeOutcome: Hashable, Sendable {
  /// Serves these models.
  case healthy(EngineReport)
  /// Answers that it is starting or loading a model.
  case loading(String)
  /// Answers, in words that need no second hearing, that it does not serve: a wrong key, a dead worker.
  case refused(String)
  /// Answers what makes no sense: garbage, truncated, huge, redirected, an unexpected status.
  case broken(String)
  /// Does not answer. `isCertain`: it cannot have been a lost packet.
  case down(String, isCertain: Bool = false)

  /// The label in metrics and logs.
  package var name: String {
    switch self {
    case .healthy: "healthy"
    case .loading: "loading"
    case .refused: "refused"
    case .broken: "broken"
    case .down: "down"
    }
  }
}

/// What a healthy engine told.
package struct EngineReport: Hashable, Sendable {
  package var kind: EngineKind
  /// nil: not asked or not answered this time; empty: the engine tells none.
  package var version: String?
  /// Ordered by id.
  package var models: [ServedModel]

  package init(kind: EngineKind, version: String? = nil, models: [ServedModel]) {
    self.kind = kind
    self.version = version
    self.models = models.sorted { $0.facts.modelID.utf8.lexicographicallyPrecedes($1.facts.modelID.utf8) }
  }
}

/// One model as an engine tells of it. Its own state has no time yet: the tracker knows since when.
package struct ServedModel: Hashable, Sendable {
  package var facts: ReplicaFacts
  /// nil: the engine's.
  package var state: ModelState?
  package var reason: String

  package init(_ facts: ReplicaFacts, state: ModelState? = nil, reason: String = "") {
    self.facts = facts
    self.state = state
    self.reason = reason
  }
}

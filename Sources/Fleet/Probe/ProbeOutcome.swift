package import Catalog
package import Scrape

/// What one probe found out.
package enum ProbeOutcome: Hashable, Sendable {
  /// Serves these models.
  case healthy(EngineReport)
  /// Answers that it is starting or loading a model; with what it lists already.
  case loading(String, EngineReport? = nil)
  /// Answers that it ends and takes no new work.
  case draining(String, EngineReport? = nil)
  /// Answers, but its health says that it does not serve: not yet if it has not served since it started, else no more.
  case unhealthy(String, EngineReport? = nil)
  /// Answers, in words that need no second hearing, that it does not serve us: a wrong key.
  case refused(String)
  /// Answers what makes no sense: garbage, truncated, huge, redirected, an unexpected status.
  case broken(String)
  /// Does not answer. `isCertain`: it cannot have been a lost packet.
  case down(String, isCertain: Bool = false, cause: StateCause = .noAnswer)

  /// What it told of itself, if it did.
  package var report: EngineReport? {
    switch self {
    case .healthy(let report): report
    case .loading(_, let report), .draining(_, let report), .unhealthy(_, let report): report
    case .refused, .broken, .down: nil
    }
  }

  /// The label in metrics and logs.
  package var name: String {
    switch self {
    case .healthy: "healthy"
    case .loading: "loading"
    case .draining: "draining"
    case .unhealthy: "unhealthy"
    case .refused: "refused"
    case .broken: "broken"
    case .down: "down"
    }
  }
}

/// What an engine that answers told.
package struct EngineReport: Hashable, Sendable {
  package var kind: EngineKind
  /// nil: not asked or not answered this time; empty: the engine tells none.
  package var version: String?
  /// Ordered by id.
  package var models: [ReportedModel]
  /// What its metrics told; nil when they were not read.
  package var scrape: Scrape?
  /// Requests that the engine's server counts in flight (vLLM's `/load`); nil where it does not.
  package var serverLoad: Double?
  /// What models take, by model id and the resource's name, where the list or what is read beside it tells.
  package var resources: [String: [String: Double]] = [:]
  /// Paths that the engine does not have, of those that it may lack.
  package var missing: Set<String> = []
  /// What came of the request's proof of life; nil when there was none.
  package var proof: Proof?

  package init(kind: EngineKind, version: String? = nil, models: [ReportedModel]) {
    self.kind = kind
    self.version = version
    self.models = models.sorted { $0.facts.modelID.utf8.lexicographicallyPrecedes($1.facts.modelID.utf8) }
  }
}

/// What came of asking for one token.
package enum Proof: Hashable, Sendable {
  case passed
  /// No token came: why.
  case failed(String)
  /// The engine did not take the request (not a model for completions, too many requests): says nothing.
  case unclear(String)
}

/// One model as an engine tells of it. Its own state has no time yet: the tracker knows since when.
package struct ReportedModel: Hashable, Sendable {
  package var facts: ReplicaFacts
  /// nil: the engine's.
  package private(set) var state: ModelState?
  package private(set) var cause = StateCause.none
  package private(set) var reason = ""

  package init(_ facts: ReplicaFacts, state: ModelState? = nil, cause: StateCause? = nil, reason: String = "") {
    self.facts = facts
    if let state { become(state, cause: cause, reason) }
  }

  /// Sets the model's own state; without a cause the usual one of that state.
  package mutating func become(_ state: ModelState, cause: StateCause? = nil, _ reason: String = "") {
    self.state = state
    self.cause = cause ?? Self.cause(of: state)
    self.reason = reason
  }

  private static func cause(of state: ModelState) -> StateCause {
    switch state {
    case .loading: .loading
    case .cold: .unloaded
    case .failed: .loadFailed
    case .draining: .draining
    default: .none
    }
  }
}

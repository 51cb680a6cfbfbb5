package import Catalog
package import Scrape

/// The outcome of one probe.
package enum ProbeOutcome: Hashable, Sendable {
  /// Serves these models.
  case healthy(EngineReport)
  /// Answers that it is starting or loading a model; with the models that it lists already.
  case loading(String, EngineReport? = nil)
  /// Answers that it ends and takes no new work.
  case draining(String, EngineReport? = nil)
  /// Answers, but its health reports that it does not serve: not yet if it has not served since it started, else no
  /// longer.
  case unhealthy(String, EngineReport? = nil)
  /// Answers, so clearly that one answer is enough, that it does not serve this client: a wrong key.
  case refused(String)
  /// Answers without sense: garbage, truncated, too large, redirected, an unexpected status.
  case broken(String)
  /// Answers that it takes no requests now; `wait`: for how long, nil: it does not say. With the models that it lists
  /// nevertheless.
  case notNow(String, wait: Duration?, EngineReport? = nil)
  /// Does not answer. `isCertain`: the cause cannot be a lost packet.
  case down(String, isCertain: Bool = false, cause: StateCause = .noAnswer)
  /// Was not asked, for a reason of this process: nothing is known of the engine.
  case ownFailure(OwnFailure)

  /// The engine's report; nil when it gave none.
  package var report: EngineReport? {
    switch self {
    case .healthy(let report): report
    case .loading(_, let report), .draining(_, let report), .unhealthy(_, let report), .notNow(_, _, let report): report
    case .refused, .broken, .down, .ownFailure: nil
    }
  }

  /// How long the engine asks to be left alone; nil: it does not ask.
  var wait: Duration? {
    if case .notNow(_, let wait, _) = self { wait } else { nil }
  }

  /// Whether the probe was not made, for a reason of this process.
  var isOwnFailure: Bool {
    if case .ownFailure = self { true } else { false }
  }

  /// Whether the engine answered.
  package var isAnswer: Bool {
    switch self {
    case .healthy, .loading, .draining, .unhealthy, .refused, .notNow: true
    case .broken, .down, .ownFailure: false
    }
  }

  /// Why it is no good answer, in words; nil when it is one.
  var problem: String? {
    switch self {
    case .healthy: nil
    case .loading(let reason, _), .draining(let reason, _), .unhealthy(let reason, _), .refused(let reason),
      .broken(let reason), .notNow(let reason, _, _), .down(let reason, _, _):
      reason
    case .ownFailure(let failure): failure.text
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
    case .notNow: "not_now"
    case .down: "down"
    case .ownFailure: "own_failure"
    }
  }
}

/// The report of an engine that answers.
package struct EngineReport: Hashable, Sendable {
  package var kind: EngineKind
  /// nil: not requested or not answered this time; empty: the engine reports none.
  package var version: String?
  /// Ordered by id.
  package var models: [ReportedModel]
  /// The values of its metrics; nil when they were not read.
  package var scrape: Scrape?
  /// Why its metrics give no readings, for people; nil: they do, or were not requested or not answered.
  package var metricsProblem: String?
  /// Requests that the engine's server counts in flight (vLLM's `/load`); nil where it does not count them.
  package var serverLoad: Double?
  /// The resources that models take, by model id and the resource's name, where the list or another answer reports
  /// them.
  package var resources: [ByteString: [String: Double]] = [:]
  /// Paths that the engine does not have, of those that it may lack.
  package var missing: Set<String> = []
  /// The facts of the models that this probe leaves open, because the answer with them is missing or broken.
  package var open: Set<DialectPart.Fact> = []
  /// The result of the requested proof of life; nil when none was requested.
  package var proof: Proof?
  /// Whether its health answered well.
  package var hasHealth = false
  /// What of its list is not told, in words; empty: nothing.
  package var remark = ""

  package init(kind: EngineKind, version: String? = nil, models: [ReportedModel]) {
    self.kind = kind
    self.version = version
    self.models = models.sorted { $0.facts.modelID.utf8.lexicographicallyPrecedes($1.facts.modelID.utf8) }
  }
}

extension EngineReport {
  /// Keeps so many models, always the same. `isCut`: the list has more than were read.
  mutating func keep(atMost limit: Int, isCut: Bool) {
    guard models.count > limit || isCut else { return }
    let count = isCut ? "more than \(models.count)" : "\(models.count)"
    let text = "it lists \(count) models, of which \(limit) are taken"
    remark = remark.isEmpty ? text : "\(text); \(remark)"
    models = Array(models.prefix(limit))
  }
}

extension EngineReport {
  /// Notes why the answer with the metrics gives no readings, unless a lost packet may be the cause.
  mutating func noteProblem(ofMetrics result: ExchangeResult?, at path: String, _ request: ProbeRequest) {
    let asked = request.asked("GET", path)
    switch result {
    case .response(let answer) where [401, 403].contains(answer.status):
      metricsProblem = "\(asked): \(answer.statusText): \(request.keyReason)"
    case .response(let answer) where !answer.isSuccess: metricsProblem = "\(asked): \(answer.statusText)"
    case .response: if scrape?.isEmpty == true { metricsProblem = "\(asked): no metric of \(kind.rawValue)" }
    case .failure(let failure): if case .broken(let text) = failure.outcome(of: asked) { metricsProblem = text }
    case nil: break
    }
  }
}

/// The result of a proof of life.
package enum Proof: Hashable, Sendable {
  /// The engine did this task.
  case passed(ProofTask)
  /// The engine did not answer at all, for this reason.
  case failed(String)
  /// The engine answered, and did no task (a model of another kind, too many requests, an error): this proves nothing.
  case unclear(String)
}

/// One model as an engine reports it. Its own state has no time yet: the tracker knows since when.
package struct ReportedModel: Hashable, Sendable {
  package var facts: ReplicaFacts
  /// The model's own state; nil: the engine's.
  package private(set) var state: ModelState?
  package private(set) var cause = StateCause.none
  package private(set) var reason = ""

  package init(_ facts: ReplicaFacts, state: ModelState? = nil, cause: StateCause? = nil, reason: String = "") {
    self.facts = facts
    if let state { become(state, cause: cause, reason) }
  }

  /// Sets the model's own state. Without a cause it gets the usual cause of that state.
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

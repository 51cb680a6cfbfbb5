/// A state, its cause and reason, and the time at which it began.
package struct Condition: Hashable, Sendable {
  /// The state.
  package var state: ModelState
  /// The cause, for programs. Facts store it; models do not have it.
  package var cause: StateCause
  /// The reason, for people; empty when there is nothing to add.
  package var reason: String
  /// When the state became this one; another reason alone does not move it.
  package var changedAt: Timestamp

  package init(state: ModelState, cause: StateCause = .none, reason: String = "", changedAt: Timestamp) {
    self.state = state
    self.cause = cause
    self.reason = reason
    self.changedAt = changedAt
  }
}

/// The facts of one engine: they stay true until the engine changes. Stored under `engine/<id>`.
package struct EngineFacts: Hashable, Sendable {
  /// The engine's id: unique in the fleet, stable across restarts.
  package var id: String
  /// The URL that clients of the engine use. Empty while the engine has none: its pod does not run yet, or its workload
  /// is scaled to zero.
  package var endpoint: String
  /// The dialect's name (`vllm`, `llamacpp`, `ollama`, `openai`); empty means unknown.
  package var kind: String
  /// Version of the engine itself; empty while it reports none.
  package var version: String
  /// The namespace of its models.
  package var namespace: String
  /// The cluster that it belongs to; empty when its source names none.
  package var cluster: String
  /// Static labels from configuration; every model of the engine carries them.
  package var labels: [String: String]
  /// The clusters of the Rollcalls that handed the engine on, its origin first; empty when this Rollcall probes the
  /// engine itself.
  package var via: [String]
  /// The UID of the Kubernetes pod that the engine runs in; empty means unknown.
  package var podUID: String
  /// Its state, with the cause, the reason and the time of the change.
  package var condition: Condition {
    // The parts belong to one reason, so another reason drops them.
    didSet { if reasonParts != nil, condition.reason != oldValue.reason { reasonParts = nil } }
  }
  /// The sources' claims on it, in the order in which they count. No model shows them.
  package var claims: [EngineClaim] = []
  /// The parts of the condition's reason; nil when the reason is the finding alone.
  package private(set) var reasonParts: ReasonParts?

  package init(
    id: String, endpoint: String, kind: String = "", version: String = "", namespace: String = defaultNamespace,
    cluster: String = "", labels: [String: String] = [:], via: [String] = [], podUID: String = "", condition: Condition
  ) {
    self.id = id
    self.endpoint = endpoint
    self.kind = kind
    self.version = version
    self.namespace = namespace
    self.cluster = cluster
    self.labels = labels
    self.via = via
    self.podUID = podUID
    self.condition = condition
  }

  /// Sets the condition's reason to the text of these parts.
  package mutating func setReason(_ parts: ReasonParts) {
    condition.reason = parts.text
    reasonParts = parts.isFindingAlone ? nil : parts
  }

  /// Whether the engine stands for a workload that is scaled to zero. It has no process and does not count as a
  /// replica.
  package var isScaledToZero: Bool { endpoint.isEmpty && condition.state == .cold }
}

/// The facts of one model on one engine: they stay true until it changes. Stored under `replica/<engine>/<model>`.
package struct ReplicaFacts: Hashable, Sendable {
  /// The id that a client puts in the `model` field.
  package var modelID: String
  /// Whether it is a base, an adapter or an alias.
  package var kind: ModelKind
  /// The owner; empty when the engine reports none.
  package var ownedBy: String
  /// The path or repository that the engine loads; empty when the engine reports none.
  package var root: String
  /// The id of an adapter's base model; empty for other kinds.
  package var parent: String
  /// Version of the model, such as a digest; empty when neither the engine nor its source reports one.
  package var version: String
  /// Context length in tokens; 0 means unknown. `derive` gives an adapter of unknown length its parent's.
  package var maxModelLen: Int64
  /// The model's own condition where the engine reports one (llama.cpp's router, Ollama); nil when the engine's
  /// applies.
  package var condition: Condition?
  /// The model's own labels, beside those of its engine. Only a peer reports them.
  package var labels: [String: String]

  package init(
    modelID: String, kind: ModelKind = .base, ownedBy: String = "", root: String = "", parent: String = "",
    version: String = "", maxModelLen: Int64 = 0, condition: Condition? = nil, labels: [String: String] = [:]
  ) {
    self.modelID = modelID
    self.kind = kind
    self.ownedBy = ownedBy
    self.root = root
    self.parent = parent
    self.version = version
    self.maxModelLen = maxModelLen
    self.condition = condition
    self.labels = labels
  }
}

extension EngineFacts {
  /// Whether the facts differ from others at most in the cause, the parts of the reason and the claims, which no model
  /// shows: such a difference changes no model.
  func showsTheSame(as other: EngineFacts) -> Bool {
    var own = self
    own.condition.cause = other.condition.cause
    own.reasonParts = other.reasonParts
    own.claims = other.claims
    return own == other
  }
}

extension ReplicaFacts {
  /// Whether the facts differ from others at most in the cause.
  func showsTheSame(as other: ReplicaFacts) -> Bool {
    var own = self
    if let cause = other.condition?.cause { own.condition?.cause = cause }
    return own == other
  }
}

/// The facts that the store keeps about a model even while no engine serves it. Stored under
/// `seen/<namespace>/<model>`.
package struct SeenFacts: Hashable, Sendable {
  /// When Rollcall first saw the model, by the wall clock.
  package var created: Timestamp
  /// The store's uptime at that moment; nil in records of older versions.
  package var createdUptime: Duration?
  /// Since when no engine serves the model, by the wall clock, which is for people alone; nil while an engine does.
  package var gone: Timestamp?
  /// The store's uptime at that moment, from which the absence counts; nil while an engine serves the model, and in
  /// records of older versions.
  package var goneUptime: Duration?

  package init(
    created: Timestamp, createdUptime: Duration? = nil, gone: Timestamp? = nil, goneUptime: Duration? = nil
  ) {
    self.created = created
    self.createdUptime = createdUptime
    self.gone = gone
    self.goneUptime = goneUptime
  }
}

/// New facts about one engine, from a probe, a source or a timeout.
package enum Observation: Sendable {
  /// The engine answered, or its configuration is new: all of its facts and all of its models.
  case engine(EngineFacts, models: [ReplicaFacts])
  /// Only the engine's own facts changed (it does not answer, it drains, its labels are new). Its models stay as they
  /// were.
  case engineOnly(EngineFacts)
  /// No source claims the engine any more, or it did not answer for too long. The catalog removes it and its replicas.
  case forgotten(engineID: String)
}

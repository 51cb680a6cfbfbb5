/// A state, with its cause, its reason and the time of its change.
package struct Condition: Hashable, Sendable {
  /// The state.
  package var state: ModelState
  /// For programs. Stored with facts; models do not have it.
  package var cause: StateCause
  /// For people; empty when there is nothing to add.
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

/// What is true of one engine until it changes. Stored under `engine/<id>`.
package struct EngineFacts: Hashable, Sendable {
  /// Unique in the fleet, stable across restarts.
  package var id: String
  /// The URL that clients of the engine use; empty while it has none: a pod that is not running yet, a workload that is
  /// scaled to zero.
  package var endpoint: String
  /// The dialect's name (`vllm`, `llamacpp`, `ollama`, `openai`); empty while it is unknown.
  package var kind: String
  /// Version of the engine itself; empty while it tells none.
  package var version: String
  /// The namespace of its models.
  package var namespace: String
  /// The cluster that it is of; empty when nothing names one.
  package var cluster: String
  /// Static labels from configuration; every model of the engine carries them.
  package var labels: [String: String]
  /// The clusters of the Rollcalls that handed it on, its origin first; empty when this one asks the engine itself.
  package var via: [String]
  /// The Kubernetes pod that it runs in; empty where that is not known.
  package var podUID: String
  /// Its state, with the cause, the reason and the time of the change.
  package var condition: Condition {
    // Another reason is made of other parts.
    didSet { if reasonParts != nil, condition.reason != oldValue.reason { reasonParts = nil } }
  }
  /// What the condition's reason is made of; nil when it is what was found, and nothing else.
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

  /// Sets the condition's reason to a text of these parts.
  package mutating func setReason(_ parts: ReasonParts) {
    condition.reason = parts.text
    reasonParts = parts.isFindingAlone ? nil : parts
  }

  /// Whether it stands for a workload that is scaled to zero: there is no process, and it is no replica that counts.
  package var isScaledToZero: Bool { endpoint.isEmpty && condition.state == .cold }
}

/// What is true of one model on one engine until it changes. Stored under `replica/<engine>/<model>`.
package struct ReplicaFacts: Hashable, Sendable {
  /// What a client puts in the `model` field.
  package var modelID: String
  /// Whether it is a base, an adapter or an alias.
  package var kind: ModelKind
  /// The owner; empty when the engine tells none.
  package var ownedBy: String
  /// What the engine loads, a path or the name of a repository; empty when it does not tell.
  package var root: String
  /// Id of the base model of an adapter; empty for others.
  package var parent: String
  /// Version of the model, such as a digest; empty when neither the engine nor its source tells one.
  package var version: String
  /// Context length in tokens; 0 is unknown (an adapter inherits its parent's when it is derived).
  package var maxModelLen: Int64
  /// The model's own state where the engine reports one (llama.cpp's router, Ollama); nil when it is the engine's.
  package var condition: Condition?
  /// The model's own, beside those of its engine: a peer reports them.
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

/// What is remembered of a model whether it is there or not. Stored under `seen/<namespace>/<model>`.
package struct SeenFacts: Hashable, Sendable {
  /// When it was first seen.
  package var created: Timestamp
  /// Since when no engine serves it; nil while one does.
  package var gone: Timestamp?

  package init(created: Timestamp, gone: Timestamp? = nil) {
    self.created = created
    self.gone = gone
  }
}

/// What a probe, a source or the passing of time says of one engine.
package enum Observation: Sendable {
  /// The engine answered (or was configured anew): all of its facts and all of its models.
  case engine(EngineFacts, models: [ReplicaFacts])
  /// Facts of the engine alone changed (it does not answer, it drains, its labels were edited): its models stay as known.
  case engineOnly(EngineFacts)
  /// The engine is no longer claimed, or was silent for too long: it and its replicas go.
  case forgotten(engineID: String)
}

/// Why the catalog rejects an observation.
package enum ObservationError: Error, Hashable, CustomStringConvertible {
  /// An engine id, a namespace or a model id is empty, holds NUL or is longer than 512 bytes of UTF-8.
  case invalidIdentifier(field: String, engineID: String)
  /// Another text holds NUL or is longer than 4,096 bytes of UTF-8.
  case invalidText(field: String, engineID: String)
  case tooManyModels(count: Int, engineID: String)
  case tooManyLabels(count: Int, engineID: String)
  case tooLongWay(count: Int, engineID: String)
  /// Only a model can be DEGRADED.
  case invalidState(engineID: String)

  package var description: String {
    switch self {
    case .invalidIdentifier(let field, let engineID):
      "\(field) of engine \(engineID.debugDescription) is empty, holds NUL or is longer than \(Observation.identifierLimit) bytes"
    case .invalidText(let field, let engineID):
      "\(field) of engine \(engineID.debugDescription) holds NUL or is longer than \(Observation.textLimit) bytes"
    case .tooManyModels(let count, let engineID):
      "engine \(engineID.debugDescription) lists \(count) models, more than \(Observation.modelLimit)"
    case .tooManyLabels(let count, let engineID):
      "engine \(engineID.debugDescription) has \(count) labels, more than \(Observation.labelLimit)"
    case .tooLongWay(let count, let engineID):
      "engine \(engineID.debugDescription) came through \(count) clusters, more than \(Observation.viaLimit)"
    case .invalidState(let engineID):
      "engine \(engineID.debugDescription) or a model of it is observed as DEGRADED, which is a state of models alone"
    }
  }
}

extension Observation {
  /// The largest length of an id, in bytes of UTF-8.
  package static let identifierLimit = 512
  /// The largest length of any other text, in bytes of UTF-8.
  package static let textLimit = 4_096
  /// The largest number of models of one engine.
  package static let modelLimit = 65_536
  /// The largest number of labels of one engine, or of one model on it.
  package static let labelLimit = 256
  /// The largest number of clusters in an engine's `via`.
  package static let viaLimit = 64

  /// The id of the engine that was observed.
  package var engineID: String {
    switch self {
    case .engine(let facts, _), .engineOnly(let facts): facts.id
    case .forgotten(let engineID): engineID
    }
  }

  /// Whether a text can be an engine id, a namespace or a model id.
  package static func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && isText(text, limit: identifierLimit)
  }

  private static func isText(_ text: String, limit: Int) -> Bool {
    text.utf8.count <= limit && !text.utf8.contains(0)
  }

  /// Throws the first fault of the observation. An observation that passes can be stored, sorted and sent.
  package func check() throws(ObservationError) {
    guard Self.isIdentifier(engineID) else {
      throw .invalidIdentifier(field: "id", engineID: String(engineID.prefix(64)))
    }
    switch self {
    case .forgotten:
      break
    case .engineOnly(let facts):
      try Self.check(facts)
    case .engine(let facts, let models):
      try Self.check(facts)
      guard models.count <= Self.modelLimit else {
        throw .tooManyModels(count: models.count, engineID: facts.id)
      }
      for model in models {
        try Self.check(model, engineID: facts.id)
      }
    }
  }

  private static func check(_ facts: EngineFacts) throws(ObservationError) {
    guard isIdentifier(facts.namespace) else { throw .invalidIdentifier(field: "namespace", engineID: facts.id) }
    guard facts.labels.count <= labelLimit else {
      throw .tooManyLabels(count: facts.labels.count, engineID: facts.id)
    }
    try check([("endpoint", facts.endpoint), ("kind", facts.kind), ("version", facts.version)], engineID: facts.id)
    try check([("cluster", facts.cluster), ("reason", facts.condition.reason)], engineID: facts.id)
    try check([("pod_uid", facts.podUID)] + facts.via.map { ("via", $0) }, engineID: facts.id)
    guard facts.via.count <= viaLimit else { throw .tooLongWay(count: facts.via.count, engineID: facts.id) }
    for (name, value) in facts.labels {
      try check([("label", name), ("label", value)], engineID: facts.id)
    }
    guard facts.condition.state != .degraded else { throw .invalidState(engineID: facts.id) }
  }

  private static func check(_ model: ReplicaFacts, engineID: String) throws(ObservationError) {
    guard isIdentifier(model.modelID) else { throw .invalidIdentifier(field: "model id", engineID: engineID) }
    try check([("owned_by", model.ownedBy), ("root", model.root)], engineID: engineID)
    try check([("parent", model.parent), ("version", model.version)], engineID: engineID)
    try check([("reason", model.condition?.reason ?? "")], engineID: engineID)
    guard model.labels.count <= labelLimit else { throw .tooManyLabels(count: model.labels.count, engineID: engineID) }
    for (name, value) in model.labels {
      try check([("label", name), ("label", value)], engineID: engineID)
    }
    guard model.condition?.state != .degraded else { throw .invalidState(engineID: engineID) }
  }

  private static func check(_ texts: [(String, String)], engineID: String) throws(ObservationError) {
    for (field, text) in texts where !isText(text, limit: textLimit) {
      throw .invalidText(field: field, engineID: engineID)
    }
  }
}

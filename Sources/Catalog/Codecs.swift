/// Encodes each change of a model once, as the bytes that clients read. The catalog itself knows neither protobuf nor
/// JSON.
package protocol ModelEncoder: Sendable {
  func encode(_ model: Model) -> EncodedModel
  /// `model` is nil for REMOVED (which has only the key), SYNCED and RESET; `key` is nil for SYNCED and RESET.
  func encode(_ kind: EventKind, _ model: EncodedModel?, key: ModelKey?, revision: Int64) -> EncodedEvent
}

/// A model in view BASIC as clients read it.
package struct EncodedModel: Sendable {
  /// One element of `ListModelsResponse.models`: tag, length and the packed `Model`, so that a list is a concatenation.
  package var element: [UInt8]
  /// The number of bytes of tag and length at the front of `element`, before the packed `Model`.
  package var headerCount: Int
  /// One entry of `/v1/models`: a JSON object.
  package var json: [UInt8]

  package init(element: [UInt8], headerCount: Int, json: [UInt8]) {
    self.element = element
    self.headerCount = headerCount
    self.json = json
  }
}

/// One event of a watch in view BASIC, as every stream sends it.
package struct EncodedEvent: Sendable {
  /// A packed `WatchModelsResponse` with gRPC's 5-byte prefix.
  package var framed: [UInt8]
  /// A server-sent event with its closing empty line.
  package var sse: [UInt8]

  package init(framed: [UInt8], sse: [UInt8]) {
    self.framed = framed
    self.sse = sse
  }
}

/// The kind of an event. The numbers match `rollcall.v1.WatchEventType`.
package enum EventKind: UInt8, Hashable, Sendable, CaseIterable {
  case added = 1
  case modified = 2
  case removed = 3
  case synced = 4
  case reset = 5
  /// New readings. They are no change of the catalog, and the history never has them.
  case readings = 6

  /// The name on the wire.
  package var name: String {
    switch self {
    case .added: "ADDED"
    case .modified: "MODIFIED"
    case .removed: "REMOVED"
    case .synced: "SYNCED"
    case .reset: "RESET"
    case .readings: "READINGS"
    }
  }
}

/// Converts facts to and from the bytes that the store keeps.
package protocol FactCodec: Sendable {
  func encode(_ facts: EngineFacts) -> [UInt8]
  /// The facts of a record; nil when the bytes are not a record.
  func decodeEngine(_ bytes: [UInt8]) -> EngineFacts?
  func encode(_ facts: ReplicaFacts) -> [UInt8]
  func decodeReplica(_ bytes: [UInt8]) -> ReplicaFacts?
  func encode(_ facts: SeenFacts) -> [UInt8]
  func decodeSeen(_ bytes: [UInt8]) -> SeenFacts?
  func encode(labels: [String: String]) -> [UInt8]
  func decodeLabels(_ bytes: [UInt8]) -> [String: String]?
  func encode(_ registration: Registration) -> [UInt8]
  func decodeRegistration(_ bytes: [UInt8]) -> Registration?
  func encode(claims: [EngineClaim]) -> [UInt8]
  func decodeClaims(_ bytes: [UInt8]) -> [EngineClaim]?
  func encode(deriveVersion: Int) -> [UInt8]
  func decodeDeriveVersion(_ bytes: [UInt8]) -> Int?
}

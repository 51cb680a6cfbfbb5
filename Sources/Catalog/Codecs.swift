/// What the catalogue is handed to turn models into the bytes that clients read. It knows neither protobuf nor JSON.
package protocol ModelEncoder: Sendable {
  /// The packed `rollcall.v1.Model` in view BASIC, without tag and length.
  func packed(_ model: Model) -> [UInt8]
  /// The model as an entry of `/v1/models` in view BASIC: one JSON object.
  func json(_ model: Model) -> [UInt8]
}

/// What the catalogue is handed to turn facts into the bytes that the store keeps, and back.
package protocol FactCodec: Sendable {
  func encode(_ facts: EngineFacts) -> [UInt8]
  /// nil when the bytes are not a record.
  func decodeEngine(_ bytes: [UInt8]) -> EngineFacts?
  func encode(_ facts: ReplicaFacts) -> [UInt8]
  func decodeReplica(_ bytes: [UInt8]) -> ReplicaFacts?
  /// The record under `seen/<namespace>/<id>`.
  func encodeSeen(created: Timestamp) -> [UInt8]
  func decodeSeen(_ bytes: [UInt8]) -> Timestamp?
}

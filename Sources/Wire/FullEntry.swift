package import Catalog

/// One entry of a list in view FULL, written a portion at a time: a model can have thousands of replicas.
package struct FullEntry {
  private static let replicasPerPortion = 16

  private let model: Model
  private let basic: ArraySlice<UInt8>
  private let observedAt: (String) -> Timestamp?
  /// nil before the first portion.
  private var nextReplica: Int?

  /// `basic`: the entry in view BASIC, in any shape. `observedAt` tells when an engine last answered, by its id.
  package init(_ model: Model, basic: ArraySlice<UInt8>, observedAt: @escaping (String) -> Timestamp?) {
    self.model = model
    self.basic = basic
    self.observedAt = observedAt
  }

  /// Appends the next portion; false when it was the last.
  package mutating func append(to bytes: inout [UInt8]) -> Bool {
    let start = nextReplica ?? 0
    if nextReplica == nil {
      bytes.append(contentsOf: basic.dropLast())
      bytes.append(contentsOf: #","replicas":["#.utf8)
    }
    let end = min(start + Self.replicasPerPortion, model.replicas.count)
    for index in start..<end {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      let replica = model.replicas[index]
      bytes.append(contentsOf: json(replica, observedAt(replica.engineID)))
    }
    nextReplica = end
    guard end == model.replicas.count else { return true }
    bytes.append(contentsOf: "]}".utf8)
    return false
  }
}

private func json(_ replica: Replica, _ observedAt: Timestamp?) -> [UInt8] {
  var json = JSONWriter(capacity: 512)
  members(replica, observedAt, &json)
  return json.bytes
}

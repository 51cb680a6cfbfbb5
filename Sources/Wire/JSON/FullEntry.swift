package import Catalog

/// One entry of a list in view FULL, written a portion at a time: a model can have thousands of replicas.
package struct FullEntry {
  private static let replicasPerPortion = 16

  private let model: Model
  private let basic: ArraySlice<UInt8>
  private let reading: (String) -> EngineReading?
  /// The next replica to write; nil before the first portion.
  private var nextReplica: Int?
  /// The merged readings of the replicas that are written.
  private var merged = MergedReadings()

  /// `basic` is the entry in view BASIC, in any shape. `reading` returns an engine's latest reading by the engine's
  /// id.
  package init(_ model: Model, basic: ArraySlice<UInt8>, reading: @escaping (String) -> EngineReading?) {
    self.model = model
    self.basic = basic
    self.reading = reading
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
      let latest = ReplicaReading(reading(replica.engineID), of: model.key.id)
      merged.add(latest.readings, of: replica.condition.state)
      bytes.append(contentsOf: json(replica, latest))
    }
    nextReplica = end
    guard end == model.replicas.count else { return true }
    bytes.append(contentsOf: #"],"readings":"#.utf8)
    var json = JSONWriter()
    value(merged.readings, &json)
    bytes.append(contentsOf: json.bytes)
    bytes.append(UInt8(ascii: "}"))
    return false
  }
}

private func json(_ replica: Replica, _ latest: ReplicaReading) -> [UInt8] {
  var json = JSONWriter(capacity: 1024)
  members(replica, latest, &json)
  return json.bytes
}

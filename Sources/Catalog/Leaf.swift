import Synchronization

/// Consecutive models of a snapshot in encoded form, ready to be sent. Immutable: all snapshots in which none of these
/// models differs share it.
final class Leaf: Sendable {
  let models: [StoredModel]
  let keys: PackedKeys
  /// Elements of a list response, back to back.
  let elements: [UInt8]
  let elementEnds: [UInt32]
  /// Bytes of tag and length at the front of each element.
  let headerCounts: [UInt8]
  /// The entries of `/v1/models`, back to back, each with a comma after it. So any run of entries is one slice, and a
  /// list drops the last comma.
  let json: [UInt8]
  /// The end of each entry in `json`, after its comma.
  let jsonEnds: [UInt32]
  /// The sum of the models' content hashes.
  let hash: ContentHash
  let states: StateCounts
  let kinds: KindCounts
  let terms = AtomicLazyReference<LeafTerms>()
  let readings = LeafReadingsCache()

  var count: Int { models.count }

  init(_ builder: consuming LeafBuilder) {
    models = builder.models
    keys = builder.keys
    elements = builder.elements
    elementEnds = builder.elementEnds
    headerCounts = builder.headerCounts
    json = builder.json
    jsonEnds = builder.jsonEnds
    hash = builder.models.reduce(.zero) { $0 + $1.hash }
    states = builder.models.reduce(into: StateCounts()) { $0.add($1.model.state) }
    kinds = builder.models.reduce(into: KindCounts()) { $0.add($1.model.kind) }
  }

  func elementStart(_ index: Int) -> Int {
    index == 0 ? 0 : Int(elementEnds[index - 1])
  }

  func jsonStart(_ index: Int) -> Int {
    index == 0 ? 0 : Int(jsonEnds[index - 1])
  }
}

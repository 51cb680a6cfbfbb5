/// Some models that follow each other, with everything that is ready to be sent of them. Immutable and shared by
/// every snapshot in which none of them differs.
final class Leaf: Sendable {
  let models: [Model]
  let keys: PackedKeys
  let hashes: [ContentHash]
  /// Elements of a list response, back to back.
  let elements: [UInt8]
  let elementEnds: [UInt32]
  /// Bytes of tag and length at the front of each element.
  let headerCounts: [UInt8]
  /// Each entry is followed by one comma, so that any run of entries is one slice and a list drops the last comma.
  let json: [UInt8]
  /// Behind the comma.
  let jsonEnds: [UInt32]
  /// Of all models together.
  let hash: ContentHash
  let states: StateCounts

  var count: Int { models.count }

  init(_ builder: consuming LeafBuilder) {
    models = builder.models
    keys = builder.keys
    hashes = builder.hashes
    elements = builder.elements
    elementEnds = builder.elementEnds
    headerCounts = builder.headerCounts
    json = builder.json
    jsonEnds = builder.jsonEnds
    hash = builder.hashes.reduce(.zero, +)
    states = builder.models.reduce(into: StateCounts()) { $0.add($1.state) }
  }

  func elementStart(_ index: Int) -> Int {
    index == 0 ? 0 : Int(elementEnds[index - 1])
  }

  func jsonStart(_ index: Int) -> Int {
    index == 0 ? 0 : Int(jsonEnds[index - 1])
  }
}

/// A model on its way into a leaf.
struct LeafEntry: Sendable {
  var model: Model
  var encoded: EncodedModel
  var hash: ContentHash

  init(_ model: Model, encoded: EncodedModel) {
    self.model = model
    self.encoded = encoded
    hash = model.contentHash
  }
}

/// Gathers a leaf from entries and from runs of other leaves, whose bytes are copied and not made again.
struct LeafBuilder {
  var models: [Model] = []
  var keys = PackedKeys()
  var hashes: [ContentHash] = []
  var elements: [UInt8] = []
  var elementEnds: [UInt32] = []
  var headerCounts: [UInt8] = []
  var json: [UInt8] = []
  var jsonEnds: [UInt32] = []

  mutating func append(_ entry: LeafEntry) {
    models.append(entry.model)
    keys.append(entry.model.key)
    hashes.append(entry.hash)
    elements.append(contentsOf: entry.encoded.element)
    elementEnds.append(UInt32(elements.count))
    headerCounts.append(UInt8(entry.encoded.headerCount))
    json.append(contentsOf: entry.encoded.json)
    json.append(UInt8(ascii: ","))
    jsonEnds.append(UInt32(json.count))
  }

  mutating func append(_ range: Range<Int>, of leaf: Leaf) {
    models.append(contentsOf: leaf.models[range])
    keys.append(range, of: leaf.keys)
    hashes.append(contentsOf: leaf.hashes[range])
    let elementShift = elements.count - leaf.elementStart(range.lowerBound)
    elements.append(
      contentsOf: leaf.elements[leaf.elementStart(range.lowerBound)..<leaf.elementStart(range.upperBound)])
    headerCounts.append(contentsOf: leaf.headerCounts[range])
    let jsonShift = json.count - leaf.jsonStart(range.lowerBound)
    json.append(contentsOf: leaf.json[leaf.jsonStart(range.lowerBound)..<leaf.jsonStart(range.upperBound)])
    for index in range {
      elementEnds.append(UInt32(elementShift + Int(leaf.elementEnds[index])))
      jsonEnds.append(UInt32(jsonShift + Int(leaf.jsonEnds[index])))
    }
  }
}

/// A part of a new leaf.
enum LeafPiece: Sendable {
  /// Models that the new leaf copies from the leaf before.
  case kept(Range<Int>)
  case entry(LeafEntry)

  var count: Int {
    switch self {
    case .kept(let range): range.count
    case .entry: 1
    }
  }
}

/// Builds a leaf from entries and from runs of other leaves. It copies the bytes of a run instead of encoding them
/// again.
struct LeafBuilder {
  var models: [StoredModel] = []
  var keys = PackedKeys()
  var elements: [UInt8] = []
  var elementEnds: [UInt32] = []
  var headerCounts: [UInt8] = []
  var json: [UInt8] = []
  var jsonEnds: [UInt32] = []
  private var expected = (models: 0, keys: 0, elements: 0, json: 0)

  /// Adds a piece to the sizes that `reserve` allocates.
  mutating func expect(_ piece: LeafPiece, of leaf: Leaf?) {
    expected.models += piece.count
    switch piece {
    case .kept(let range):
      guard let leaf else { break }
      expected.keys += leaf.keys.start(of: range.upperBound) - leaf.keys.start(of: range.lowerBound)
      expected.elements += leaf.elementStart(range.upperBound) - leaf.elementStart(range.lowerBound)
      expected.json += leaf.jsonStart(range.upperBound) - leaf.jsonStart(range.lowerBound)
    case .entry(let entry):
      let key = entry.stored.model.key
      expected.keys += key.namespace.utf8.count + 1 + key.id.utf8.count
      expected.elements += entry.encoded.element.count
      expected.json += entry.encoded.json.count + 1
    }
  }

  /// Allocates exactly the expected sizes: leaves live long, so spare capacity would be a waste.
  mutating func reserve() {
    models.reserveCapacity(expected.models)
    keys.reserve(keys: expected.models, bytes: expected.keys)
    elements.reserveCapacity(expected.elements)
    elementEnds.reserveCapacity(expected.models)
    headerCounts.reserveCapacity(expected.models)
    json.reserveCapacity(expected.json)
    jsonEnds.reserveCapacity(expected.models)
  }

  mutating func append(_ piece: LeafPiece, of leaf: Leaf?) {
    switch piece {
    case .kept(let range): if let leaf { append(range, of: leaf) }
    case .entry(let entry): append(entry)
    }
  }

  private mutating func append(_ entry: LeafEntry) {
    models.append(entry.stored)
    keys.append(entry.stored.model.key)
    elements.append(contentsOf: entry.encoded.element)
    elementEnds.append(UInt32(elements.count))
    headerCounts.append(UInt8(entry.encoded.headerCount))
    json.append(contentsOf: entry.encoded.json)
    json.append(UInt8(ascii: ","))
    jsonEnds.append(UInt32(json.count))
  }

  private mutating func append(_ range: Range<Int>, of leaf: Leaf) {
    models.append(contentsOf: leaf.models[range])
    keys.append(range, of: leaf.keys)
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

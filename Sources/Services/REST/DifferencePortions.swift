import Catalog
import Wire

/// The body of a diff: a JSON object that ends with a list of differences.
struct DifferencePortions: BodyPortions {
  private var opening: [UInt8]?
  private var rest: ArraySlice<ModelDifference>
  private let view: ModelView
  /// The difference that is partly written; nil when there is none.
  private var entry: DifferenceEntry?

  /// `opening` has to end with the list's opening bracket.
  init(opening: [UInt8], _ differences: ArraySlice<ModelDifference>, view: ModelView) {
    self.opening = opening
    rest = differences
    self.view = view
  }

  mutating func append(to bytes: inout [UInt8]) -> Bool {
    if let opening {
      bytes.append(contentsOf: opening)
      self.opening = nil
      entry = next()
    }
    guard entry != nil else {
      bytes.append(contentsOf: "]}".utf8)
      return false
    }
    if entry?.append(to: &bytes) == true { return true }
    entry = next()
    if entry != nil { bytes.append(UInt8(ascii: ",")) }
    return true
  }

  private mutating func next() -> DifferenceEntry? {
    rest.popFirst().map { DifferenceEntry($0, view: view) }
  }
}

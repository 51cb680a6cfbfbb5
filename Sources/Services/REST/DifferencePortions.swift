import Catalog
import Wire

/// The body of a diff: a JSON object with a list of differences at its end.
struct DifferencePortions: BodyPortions {
  private var opening: [UInt8]?
  private var rest: ArraySlice<ModelDifference>
  private let view: ModelView
  /// The difference that is being written.
  private var entry: DifferenceEntry?

  /// `opening` ends with the list's bracket.
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

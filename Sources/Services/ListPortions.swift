import Catalog
import Wire

/// The body of a list: entries between an opening and what closes it.
struct ListPortions: BodyPortions {
  private let part: ListPart
  private let reading: (String) -> EngineReading?
  private var next: Int
  /// The entry in view FULL that is being written.
  private var entry: FullEntry?
  private var isOpen = false

  init(_ part: ListPart, reading: @escaping (String) -> EngineReading?) {
    self.part = part
    self.reading = reading
    next = part.range.lowerBound
  }

  mutating func append(to bytes: inout [UInt8]) -> Bool {
    if !isOpen {
      bytes.append(contentsOf: part.opening)
      isOpen = true
    }
    if entry?.append(to: &bytes) == true { return true }
    entry = nil
    guard next < part.range.upperBound else {
      bytes.append(contentsOf: ListPart.closing)
      return false
    }
    if next > part.range.lowerBound { bytes.append(UInt8(ascii: ",")) }
    let ref = part.list.ref(at: next)
    next += 1
    let basic = part.shape == .openAI ? ref.json : part.shape.json(ref.model)[...]
    if part.view == .full {
      entry = FullEntry(ref.model, basic: basic, reading: reading)
    } else {
      bytes.append(contentsOf: basic)
    }
    return true
  }
}

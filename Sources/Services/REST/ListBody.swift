import Catalog
import HTTP
import Wire

/// A page of a list as REST writes it.
struct ListBody: Sendable {
  let page: CatalogPage
  let shape: EntryShape
  let view: ModelView

  static let closing = Array("]}".utf8)[...]
  /// The number of entries that an event loop writes at once, in a shape that each request encodes anew.
  private static let writtenLimit = 64

  /// The text before the entries.
  var opening: [UInt8] {
    let (list, range) = (page.list, page.range)
    let ends = (range.first.map { list.ref(at: $0).key.id }, range.last.map { list.ref(at: $0).key.id })
    return Self.opening(shape, hasMore: page.hasMore, ends: ends)
  }

  /// The text before the entries of a page. `ends` are the ids of the first and the last entry.
  static func opening(_ shape: EntryShape, hasMore: Bool?, ends: (first: String?, last: String?)) -> [UInt8] {
    let isOpenAI = shape == .openAI || shape == .lmStudio
    var bytes = Array((isOpenAI ? #"{"object":"list","# : "{").utf8)
    if hasMore != nil || shape == .anthropic {
      bytes.append(contentsOf: #""has_more":\#(hasMore ?? false),"first_id":"#.utf8)
      JSONText.append(ends.first, to: &bytes)
      bytes.append(contentsOf: #","last_id":"#.utf8)
      JSONText.append(ends.last, to: &bytes)
      bytes.append(UInt8(ascii: ","))
    }
    bytes.append(contentsOf: (isOpenAI || shape == .anthropic ? #""data":["# : #""models":["#).utf8)
    return bytes
  }

  /// The body: slices of the snapshot where that is quick, otherwise a stream. `reading` returns an engine's latest
  /// reading by the engine's id.
  func body(reading: @escaping (String) -> EngineReading?) -> ResponseBody {
    guard view == .basic else { return .stream(WrittenBody(ListWriter(self, reading: reading))) }
    if shape == .openAI {
      guard page.list.isQuick(page.range) else {
        return .stream(WrittenBody(ListWriter(self, reading: reading), turn: 65_536))
      }
      return .bytes([opening[...]] + page.list.json(page.range) + [Self.closing])
    }
    let body = WrittenBody(ListWriter(self, reading: reading))
    return page.range.count <= Self.writtenLimit ? .bytes(body.whole) : .stream(body)
  }
}

/// Writes the entries of a list between an opening and a closing, a portion at a time.
private struct ListWriter: BodyPortions {
  private let list: ListBody
  private let reading: (String) -> EngineReading?
  private var next: Int
  /// The entry in view FULL that is partly written; nil when there is none.
  private var entry: FullEntry?
  private var isOpen = false

  init(_ list: ListBody, reading: @escaping (String) -> EngineReading?) {
    self.list = list
    self.reading = reading
    next = list.page.range.lowerBound
  }

  mutating func append(to bytes: inout [UInt8]) -> Bool {
    if !isOpen {
      bytes.append(contentsOf: list.opening)
      isOpen = true
    }
    if entry?.append(to: &bytes) == true { return true }
    entry = nil
    guard next < list.page.range.upperBound else {
      bytes.append(contentsOf: ListBody.closing)
      return false
    }
    if next > list.page.range.lowerBound { bytes.append(UInt8(ascii: ",")) }
    let ref = list.page.list.ref(at: next)
    next += 1
    let basic = list.shape == .openAI ? ref.json : list.shape.json(ref.model)[...]
    if list.view == .full {
      entry = FullEntry(ref.model, basic: basic, reading: reading)
    } else {
      bytes.append(contentsOf: basic)
    }
    return true
  }
}

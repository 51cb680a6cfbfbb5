import Catalog
import HTTP
import Wire

/// The models of a list that one answer has, and how it writes them.
struct ListPart: Sendable {
  let list: ListResult
  let range: Range<Int>
  let shape: EntryShape
  let view: ModelView
  /// Told of a page; nil: the client asked for the whole list.
  let hasMore: Bool?

  static let closing = Array("]}".utf8)[...]

  /// What stands before the entries.
  var opening: [UInt8] {
    let ends = (range.first.map { list.ref(at: $0).key.id }, range.last.map { list.ref(at: $0).key.id })
    return Self.opening(shape, hasMore: hasMore, ends: ends)
  }

  /// `ends`: the ids of the first and the last entry.
  static func opening(_ shape: EntryShape, hasMore: Bool?, ends: (first: String?, last: String?)) -> [UInt8] {
    var bytes = Array((shape == .openAI ? #"{"object":"list","# : "{").utf8)
    if hasMore != nil || shape == .anthropic {
      bytes.append(contentsOf: #""has_more":\#(hasMore ?? false),"first_id":"#.utf8)
      JSONText.append(ends.first, to: &bytes)
      bytes.append(contentsOf: #","last_id":"#.utf8)
      JSONText.append(ends.last, to: &bytes)
      bytes.append(UInt8(ascii: ","))
    }
    bytes.append(contentsOf: (shape == .codex ? #""models":["# : #""data":["#).utf8)
    return bytes
  }
}

extension ListPart {
  /// Entries of a shape that is made when it is asked for, which an event loop writes at once.
  private static let writtenLimit = 64

  /// Slices of the snapshot where that is quick, else a stream.
  func body(reading: @escaping (String) -> EngineReading?) -> ResponseBody {
    guard view == .basic else { return .stream(WrittenBody(ListPortions(self, reading: reading))) }
    if shape == .openAI {
      guard list.isQuick(range) else {
        return .stream(WrittenBody(ListPortions(self, reading: reading), turn: 65_536))
      }
      return .bytes([opening[...]] + list.json(range) + [Self.closing])
    }
    let body = WrittenBody(ListPortions(self, reading: reading))
    return range.count <= Self.writtenLimit ? .bytes(body.whole) : .stream(body)
  }
}

import Catalog
import Wire

/// The limits of one page of a gRPC answer.
enum PageSize {
  /// The limit of a whole answer, in bytes: clients refuse messages over 4 MiB.
  static let maxBytes = 4_000_000
  private static let defaultCount: Int32 = 100
  private static let maxCount: Int32 = 10_000
  /// The limit in view FULL. It is lower because each request encodes the models anew (AIP-158 lets any page be
  /// shorter).
  private static let maxFullCount: Int32 = 1_000

  /// The most models that a page may hold; 0 in a request means the default.
  static func limit(_ pageSize: Int32, _ view: ModelView) throws(ReadError) -> Int {
    guard pageSize >= 0 else { throw .invalid(field: "page_size", problem: "must not be negative") }
    return Int(min(pageSize == 0 ? defaultCount : pageSize, view == .full ? maxFullCount : maxCount))
  }

  /// The bytes that suffice for the fields after the elements: tags and lengths, numbers, the etag, the names, and a
  /// token.
  static func tailRoom(_ unreachable: [String] = []) -> Int {
    100 + unreachable.reduce(0) { $0 + $1.utf8.count + 8 } + PageToken.maxTextCount
  }
}

extension PageSlices {
  /// Appends one element.
  mutating func append(_ element: [UInt8], _ key: ModelKey) {
    slices.append(element[...])
    byteCount += element.count
    count += 1
    last = key
  }
}

import Catalog
import GRPC
import HTTP

/// Answers with pages to clients that take gzip: compressed where that saves bytes and is done already.
///
/// The cache of compressed bodies makes each page's gzip once, for all clients, when a client asks for the page again; until
/// then they get the page plain. Most libraries say by default that they take gzip, also for a walk through all pages.
struct CompressedPages: Sendable {
  /// The smallest page that is worth compressing, in bytes: a smaller page fits into one packet.
  private static let minimum = 1_400

  let bodies: CompressedBodyCache

  func reply(_ page: WrittenPage) -> Reply {
    let count = page.byteCount
    guard count >= Self.minimum, let tag = page.tag else { return .shared(page.slices) }
    if let bytes = bodies.find(tag) { return bytes.count < count ? .compressed(bytes[...]) : .shared(page.slices) }
    bodies.make(tag, isWorthItOnce: false) { .bytes(page.slices) }
    return .shared(page.slices)
  }
}

/// A page as a message whose bytes a snapshot or a cache holds.
struct WrittenPage: Sendable {
  /// The models, and then the fields after them in one slice.
  let slices: [ArraySlice<UInt8>]
  /// Whether the fields after the models have a tag of the models.
  let isTagged: Bool

  var byteCount: Int { slices.reduce(0) { $0 + $1.count } }

  /// The name of exactly these bytes; nil: no cache may keep them.
  var tag: ETag? {
    guard isTagged, let tail = slices.last else { return nil }
    // The tag of the models is among these fields, so they stand for all bytes.
    return ETag("page-" + ContentHash(of: Array(tail)).hex)
  }

  /// The page for a client that does not take gzip (nil), or takes it.
  func reply(_ compressed: CompressedPages?) -> Reply {
    compressed?.reply(self) ?? .shared(slices)
  }
}

import HTTP
import HTTPTypes
import Wire

/// The parts of an answer that follow from facts alone, without its body.
struct Representation: Sendable {
  /// nil: the answer moves without a fact changing, and no cache may keep it.
  var tag: ETag?
  var shape: EntryShape
  /// Where the next page is.
  var link: String?

  /// The fields of the whole answer; those of 304 are among them.
  func fields(_ coding: ContentCoding = .identity) -> HTTPFields {
    var fields = tag == nil ? HTTPFields.movingJSON : .cachedJSON
    if let link { fields[.link] = link }
    guard let tag else { return fields }
    fields[.eTag] = tag.with(coding).text
    if coding == .gzip { fields[.contentEncoding] = "gzip" }
    // An answer with the same tag tells Codex that its list is still the present one. Codings do not matter there.
    if shape == .codex { fields[.modelsETag] = tag.text }
    return fields
  }
}

extension ETag {
  /// The tag of the same content in another coding: a strong tag tells bytes apart.
  func with(_ coding: ContentCoding) -> ETag {
    coding == .identity ? self : ETag(opaque + "-gzip")
  }
}

/// The client's preferences for a representation, from its request.
struct Preferences: Sendable {
  let condition: ConditionalRequest
  let coding: ContentCoding

  init(_ request: Request) {
    self.init(condition: request[.ifNoneMatch], coding: ContentCoding(acceptEncoding: request[.acceptEncoding]))
  }

  init(condition: String?, coding: ContentCoding = .identity) {
    self.condition = condition.map { ConditionalRequest(ifNoneMatch: $0) } ?? .none
    self.coding = coding
  }

  /// The coding in which the client holds the content of this tag; nil when it holds it in none. A client that holds it
  /// compressed gets 304 whether or not it is compressed here by now.
  func held(_ tag: ETag) -> ContentCoding? {
    guard condition != .none else { return nil }
    return [ContentCoding.identity, .gzip].first { condition.isFulfilled(by: tag.with($0)) }
  }
}

/// Answers with representations: with 304 by the tag alone, compressed where that is wanted and there is something to
/// gain.
struct RepresentationWriter: Sendable {
  /// In bytes: a body that fits into one packet is not worth the work.
  private static let compressionMinimum = 1_400

  let compressed: CompressedBodyCache

  /// An answer without the body, or with a compressed one; nil when the body must be written.
  func quickResponse(_ representation: Representation, _ preferences: Preferences) -> Response? {
    guard let tag = representation.tag else { return nil }
    if preferences.condition != .any, let coding = preferences.held(tag) {
      return .notModified(repeating: representation.fields(coding))
    }
    let bytes = preferences.coding == .gzip ? compressed.find(tag) : nil
    if preferences.condition == .any {
      return .notModified(repeating: representation.fields(bytes == nil ? .identity : .gzip))
    }
    guard let bytes else { return nil }
    return Response(status: .ok, fields: representation.fields(.gzip), body: .bytes([bytes[...]]))
  }

  /// `body` is also called in the background, for its compression.
  func response(
    _ representation: Representation, _ preferences: Preferences, body: @escaping @Sendable () -> ResponseBody
  ) -> Response {
    if let response = quickResponse(representation, preferences) { return response }
    let written = body()
    if let tag = representation.tag, preferences.coding == .gzip, written.isLongerThan(Self.compressionMinimum) {
      compressed.make(tag, body)
    }
    return Response(status: .ok, fields: representation.fields(), body: written)
  }
}

extension ResponseBody {
  /// Streams are taken for long.
  fileprivate func isLongerThan(_ limit: Int) -> Bool {
    switch self {
    case .empty: return false
    case .stream: return true
    case .bytes(let slices):
      var count = 0
      return slices.contains { slice in
        count += slice.count
        return count >= limit
      }
    }
  }
}

extension HTTPFields {
  static let vary = "Authorization, Accept, Accept-Encoding, Anthropic-Version"

  static let cachedJSON: HTTPFields = [
    .contentType: "application/json", .cacheControl: "private, no-cache", .vary: vary,
  ]

  /// With readings, which have no version.
  static let movingJSON: HTTPFields = [
    .contentType: "application/json", .cacheControl: "no-store", .vary: vary,
  ]

  static let eventStream: HTTPFields = [
    .contentType: "text/event-stream", .cacheControl: "no-store", .vary: vary,
  ]
}

extension HTTPField.Name {
  fileprivate static let modelsETag = HTTPField.Name("X-Models-Etag")!
}

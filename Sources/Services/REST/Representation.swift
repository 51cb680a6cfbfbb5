import HTTP
import HTTPTypes
import Wire

/// The parts of an answer that depend on facts alone, without its body.
struct Representation: Sendable {
  /// The tag; nil when the answer can change without a change of facts, so that no cache may keep it.
  var tag: ETag?
  var shape: EntryShape
  /// The link to the next page; nil when there is none.
  var link: String?

  /// The fields of the full answer; a 304 repeats some of them.
  func fields(_ coding: ContentCoding = .identity) -> HTTPFields {
    var fields = tag == nil ? HTTPFields.movingJSON : .cachedJSON
    if let link { fields[.link] = link }
    // Tools that look for an Ollama can tell that this is none.
    if shape == .ollama || shape == .ollamaRunning { fields[.server] = serverName }
    guard let tag else { return fields }
    fields[.eTag] = tag.with(coding).text
    if coding == .gzip { fields[.contentEncoding] = "gzip" }
    // The field shows Codex whether its list is still the present list, whatever the coding is.
    if shape == .codex { fields[.modelsETag] = tag.text }
    return fields
  }
}

/// The value of `Server` in answers in another server's shape.
let serverName = "rollcall"

extension ETag {
  /// The tag of the same content in another coding: different bytes need different strong tags.
  func with(_ coding: ContentCoding) -> ETag {
    coding == .identity ? self : ETag(opaque + "-gzip")
  }
}

/// The client's preferences for a representation, from its request.
struct Preferences: Sendable {
  let requiredMatch: RequiredMatch
  let condition: ConditionalRequest
  let coding: ContentCoding

  /// - Parameter compresses: whether the server compresses such an answer.
  init(_ request: Request, compresses: Bool) {
    requiredMatch = RequiredMatch(request)
    condition = ConditionalRequest(request)
    coding = compresses ? ContentCoding(acceptEncoding: request[.acceptEncoding]) : .identity
  }

  /// Throws when the client wants another representation than the present one, before any other condition counts (RFC
  /// 9110 13.2.2).
  func requireMatch(_ tag: ETag?) throws(OpenAIError) {
    guard requiredMatch != .none else { return }
    let tags = tag.map { tag in [ContentCoding.identity, .gzip].map { tag.with($0) } } ?? []
    guard requiredMatch.isFulfilled(by: tags) else {
      throw OpenAIError(
        .preconditionFailed, "The present representation has none of the tags in If-Match.",
        code: "precondition_failed")
    }
  }

  /// The coding in which the client already has the content of this tag; nil when it has none. A client with a
  /// compressed copy gets 304 even if the server has no compressed body.
  func held(_ tag: ETag) -> ContentCoding? {
    guard condition != .none else { return nil }
    return [ContentCoding.identity, .gzip].first { condition.isFulfilled(by: tag.with($0)) }
  }
}

/// Writes answers: 304 from the tag alone, or a body, compressed where the client wants that and it saves enough.
struct RepresentationWriter: Sendable {
  /// The smallest body that is worth compressing, in bytes: a smaller body fits into one packet.
  private static let compressionMinimum = 1_400

  let compressed: CompressedBodyCache

  /// An answer without a body, or with a compressed body from the cache; nil when the caller has to write the body.
  func quickResponse(
    _ representation: Representation, _ preferences: Preferences
  ) throws(OpenAIError) -> Response? {
    try preferences.requireMatch(representation.tag)
    guard let tag = representation.tag else { return nil }
    if preferences.condition != .any, let coding = preferences.held(tag) {
      return .notModified(repeating: representation.fields(coding))
    }
    let bytes = preferences.coding == .gzip ? compressed.find(tag) : nil
    if preferences.condition == .any {
      return .notModified(repeating: representation.fields(bytes == nil ? .identity : .gzip))
    }
    guard let bytes else { return nil }
    return .shared(representation.fields(.gzip), .bytes([bytes[...]]))
  }

  /// Makes the answer. A background task also calls `body`, to compress it.
  func response(
    _ representation: Representation, _ preferences: Preferences, body: @escaping @Sendable () -> ResponseBody
  ) throws(OpenAIError) -> Response {
    if let response = try quickResponse(representation, preferences) { return response }
    let written = body()
    if let tag = representation.tag, preferences.coding == .gzip, written.isLongerThan(Self.compressionMinimum) {
      compressed.make(tag, body)
    }
    guard representation.tag != nil else {
      return Response(status: .ok, fields: representation.fields(), body: written)
    }
    return .shared(representation.fields(), written)
  }
}

extension Response {
  /// An answer whose bytes a cache or a snapshot holds.
  fileprivate static func shared(_ fields: HTTPFields, _ body: ResponseBody) -> Response {
    var response = Response(status: .ok, fields: fields, body: body)
    response.isShared = true
    return response
  }
}

extension ResponseBody {
  /// Whether the body has more than `limit` bytes; a stream counts as longer.
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

  /// The fields of an answer with readings, which have no version.
  static let movingJSON: HTTPFields = [
    .contentType: "application/json", .cacheControl: "no-store", .vary: vary,
  ]

  /// The fields of a stream of events. Proxies must hand on each event at once: nginx buffers no answer with
  /// `X-Accel-Buffering: no`, and none compresses, and so gathers, an answer with `no-transform`
  /// (RFC 9111 section 5.2.2.6).
  static let eventStream: HTTPFields = [
    .contentType: "text/event-stream", .cacheControl: "no-store, no-transform", .accelBuffering: "no", .vary: vary,
  ]
}

extension HTTPField.Name {
  fileprivate static let modelsETag = HTTPField.Name("X-Models-Etag")!
  fileprivate static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
}

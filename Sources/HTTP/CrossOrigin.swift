import HTTPTypes

/// The fields that let scripts of other origins read answers in a browser (Fetch standard, section 3.3, CORS).
///
/// Credentials are never allowed: a browser sends no cookies, and a script sends a key in `Authorization` by itself.
struct CrossOrigin: Sendable {
  /// The fields of an answer that a script may read beside those that it may always read.
  private static let exposed = "ETag, Link, Retry-After, X-Models-Etag"
  private static let methods = "GET, HEAD, OPTIONS, POST"
  /// The seconds for which a browser asks no more; Chromium takes at most this.
  private static let lifetime = "7200"
  /// The most bytes of `Access-Control-Request-Headers` that an answer repeats.
  private static let namesLimit = 4_096

  private let origins: AllowedOrigins

  init(_ origins: AllowedOrigins) {
    self.origins = origins
  }

  /// The answer to the question that a browser asks before a request; nil when the request is another, or when the
  /// origin's scripts may read nothing. The answer is the same for every path: so a script gets the status of a path that
  /// does not exist.
  func preflight(_ request: Request) -> Response? {
    guard request.method == .options, request[.accessControlRequestMethod] != nil, let origin = request[.origin],
      let allowed = origins.answer(to: origin)
    else { return nil }
    var response = Response(status: .noContent)
    add(allowed, to: &response.fields)
    response.fields[.accessControlAllowMethods] = Self.methods
    if let names = request[.accessControlRequestHeaders], Self.areNames(names) {
      response.fields[.accessControlAllowHeaders] = names
    }
    if request[.requestPrivateNetwork] == "true" { response.fields[.allowPrivateNetwork] = "true" }
    response.fields[.accessControlMaxAge] = Self.lifetime
    return response
  }

  /// The allowed origin of a request, for `mark`.
  func allowed(_ request: Request?) -> String? {
    origins.answer(to: request?[.origin])
  }

  /// Adds the fields to an answer; `allowed` nil: the client's origin is not allowed, or the client sent none.
  func mark(_ response: inout Response, allowed: String?) {
    var fields = response.fields
    add(allowed, to: &fields)
    if allowed != nil { fields[.accessControlExposeHeaders] = Self.exposed }
    response.fields = fields
  }

  private func add(_ allowed: String?, to fields: inout HTTPFields) {
    fields[.accessControlAllowOrigin] = allowed
    // With `*` the answer is the same for every origin.
    guard origins != .any else { return }
    fields[.vary] = fields[.vary].map { $0 + ", Origin" } ?? "Origin"
  }

  /// Whether a text is a list of field names, which an answer may repeat.
  private static func areNames(_ text: String) -> Bool {
    text.utf8.count <= namesLimit
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "!#$%&'*+-.^_`|~, ".utf8.contains(byte)
        }
      }
  }
}

extension HTTPField.Name {
  fileprivate static let requestPrivateNetwork = HTTPField.Name("Access-Control-Request-Private-Network")!
  fileprivate static let allowPrivateNetwork = HTTPField.Name("Access-Control-Allow-Private-Network")!
}

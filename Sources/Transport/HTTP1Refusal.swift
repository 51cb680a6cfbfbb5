import HTTP
import HTTPTypes

/// The answer to a request that the transport refuses; the connection ends with it.
struct HTTP1Refusal: Error, Hashable {
  let problem: Problem
  /// The limit that the request passed; nil when it broke another rule.
  let limit: Limit?

  init(_ problem: Problem, limit: Limit? = nil) {
    (self.problem, self.limit) = (problem, limit)
  }

  static func malformed(_ message: String) -> HTTP1Refusal {
    HTTP1Refusal(.invalid(message, code: "malformed_request"))
  }

  static let headTooLarge = HTTP1Refusal(.headersTooLarge, limit: .headerBytes)
  static let tooManyFields = HTTP1Refusal(.headersTooLarge, limit: .headerFields)
  static let targetTooLong = HTTP1Refusal(
    Problem(.uriTooLong, "The request's target is longer than this server's limit.", code: "uri_too_long"),
    limit: .headerBytes)

  static func bodyTooLarge(_ limit: Int) -> HTTP1Refusal {
    HTTP1Refusal(.contentTooLarge(limit: limit), limit: .bodyBytes)
  }
}

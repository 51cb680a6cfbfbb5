package import HTTP
package import HTTPTypes
import Messages

/// An error in OpenAI's format, `{"error":{"message","type","param","code"}}`, with all four members always present.
package struct OpenAIError: Error, Hashable {
  package var status: HTTPResponse.Status
  /// A text for people.
  package var message: String
  package var type: String
  /// The parameter at fault; nil when no parameter is.
  package var param: String?
  package var code: String?
  /// Seconds after which the client may ask again; nil: the response has no `Retry-After`.
  package var retryAfter: Int?
  /// A `Link` field (RFC 8288) to the page where the client can go on; nil when there is none.
  package var link: String?

  /// The most bytes of a message and of a parameter's name; longer ones are cut, as they repeat the request.
  private static let messageLimit = 1_024
  private static let nameLimit = 256

  package init(
    _ status: HTTPResponse.Status, _ message: String, type: String = "invalid_request_error", param: String? = nil,
    code: String? = nil, retryAfter: Int? = nil, link: String? = nil
  ) {
    self.status = status
    self.message = message.shortened(toBytes: Self.messageLimit)
    self.type = type
    self.param = param?.shortened(toBytes: Self.nameLimit)
    self.code = code
    self.retryAfter = retryAfter
    self.link = link
  }

  package var response: Response {
    Response(status: status, fields: fields, body: .bytes([json[...]]))
  }

  var fields: HTTPFields {
    var fields: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
    if let retryAfter { fields[.retryAfter] = String(retryAfter) }
    if let link { fields[.link] = link }
    return fields
  }

  private var json: [UInt8] {
    var bytes = Array(#"{"error":{"message":"#.utf8)
    JSONText.append(message, to: &bytes)
    bytes.append(contentsOf: #","type":"#.utf8)
    JSONText.append(type, to: &bytes)
    bytes.append(contentsOf: #","param":"#.utf8)
    JSONText.append(param, to: &bytes)
    bytes.append(contentsOf: #","code":"#.utf8)
    JSONText.append(code, to: &bytes)
    bytes.append(contentsOf: "}}\n".utf8)
    return bytes
  }
}

extension OpenAIError {
  package static func invalid(_ message: String, param: String? = nil, code: String? = nil) -> OpenAIError {
    OpenAIError(.badRequest, message, param: param, code: code)
  }

  package static func invalid(_ error: QueryError) -> OpenAIError {
    let name = error.parameter.map { "'\($0)'" } ?? "a name"
    let message =
      switch error.problem {
      case .encoding: "The query has bad encoding in \(name)."
      case .repeated: "The query has \(name) more than once."
      case .value(let expected): "\(name) must be \(expected)."
      case .text(let text): "\(name) \(text)."
      }
    return invalid(message, param: error.parameter, code: "invalid_parameter")
  }

  /// The words of OpenAI's own answer; clients look at `code`.
  package static func modelNotFound(_ id: String) -> OpenAIError {
    OpenAIError(.notFound, "The model '\(id)' does not exist", param: "model", code: "model_not_found")
  }

  package static func notReady(_ message: String, retryAfter: Int = 1) -> OpenAIError {
    OpenAIError(
      .serviceUnavailable, message, type: "service_unavailable", code: "not_ready", retryAfter: retryAfter)
  }

  /// Too much of something is going on right now.
  package static func overloaded(_ message: String, retryAfter: Int = 5) -> OpenAIError {
    OpenAIError(
      .serviceUnavailable, message, type: "service_unavailable", code: "overloaded", retryAfter: retryAfter)
  }
}

import HTTPTypes

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

  /// `routes`: what there is instead.
  package static func routeNotFound(routes: [String]) -> OpenAIError {
    OpenAIError(.notFound, "There is nothing here. Try \(routes.joined(separator: ", ")).", code: "route_not_found")
  }

  package static func methodNotAllowed(allow: String) -> OpenAIError {
    OpenAIError(.methodNotAllowed, "This method is not allowed here. Allowed: \(allow).", code: "method_not_allowed")
  }

  package static func contentTooLarge(limit: Int) -> OpenAIError {
    OpenAIError(.contentTooLarge, "The request is larger than \(limit) bytes.", code: "request_too_large")
  }

  package static let headersTooLarge = OpenAIError(
    .requestHeaderFieldsTooLarge, "The header of the request is larger than this server's limit.",
    code: "headers_too_large")

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

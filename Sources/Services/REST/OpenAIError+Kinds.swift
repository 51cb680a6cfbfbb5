package import HTTP
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

  /// The error for an unknown model, with the text of OpenAI's own answer; clients look at `code`.
  package static func modelNotFound(_ id: String) -> OpenAIError {
    OpenAIError(.notFound, "The model '\(id)' does not exist", param: "model", code: "model_not_found")
  }

  package static func notReady(_ message: String, retryAfter: Int = 1) -> OpenAIError {
    OpenAIError(
      .serviceUnavailable, message, type: "service_unavailable", code: "not_ready", retryAfter: retryAfter)
  }

  /// The server is doing too much of something right now. `retryAfter` is in seconds.
  package static func overloaded(_ message: String, retryAfter: Int = 5) -> OpenAIError {
    OpenAIError(
      .serviceUnavailable, message, type: "service_unavailable", code: "overloaded", retryAfter: retryAfter)
  }
}

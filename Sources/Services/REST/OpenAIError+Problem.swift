package import HTTP
import HTTPTypes

extension OpenAIError {
  /// The error for a problem that the transport or the router found.
  package init(_ problem: Problem) {
    self.init(
      problem.status, problem.message,
      type: problem.status == .serviceUnavailable ? "service_unavailable" : "invalid_request_error",
      param: problem.parameter, code: problem.code, retryAfter: problem.retryAfter)
  }
}

extension Response {
  /// The response in OpenAI's format: the transport and the router do not know which other API the client may use.
  static func to(_ problem: Problem) -> Response {
    var response = OpenAIError(problem).response
    if let allow = problem.allow { response.fields[.allow] = allow }
    return response
  }
}

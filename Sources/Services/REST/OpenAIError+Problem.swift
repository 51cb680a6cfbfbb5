package import HTTP
import HTTPTypes

extension OpenAIError {
  /// A problem that the transport or the router found.
  package init(_ problem: Problem) {
    self.init(
      problem.status, problem.message,
      type: problem.status == .serviceUnavailable ? "service_unavailable" : "invalid_request_error",
      param: problem.parameter, code: problem.code, retryAfter: problem.retryAfter)
  }
}

extension Response {
  /// As OpenAI's clients read it: the transport and the router do not know what else the client may speak.
  static func to(_ problem: Problem) -> Response {
    var response = OpenAIError(problem).response
    if let allow = problem.allow { response.fields[.allow] = allow }
    return response
  }
}

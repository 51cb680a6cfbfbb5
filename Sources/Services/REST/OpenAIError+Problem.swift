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
  /// The response in the format of the path, OpenAI's or that of the APIs under `/api`; OpenAI's when the head of the
  /// request did not arrive.
  static func to(_ problem: Problem, _ request: Request?) -> Response {
    let error = OpenAIError(problem)
    let isBare = request.map { ErrorForm($0) == .bare } ?? false
    var response = isBare ? error.bareResponse : error.response
    if let allow = problem.allow { response.fields[.allow] = allow }
    return response
  }
}

package import HTTPTypes

/// The reason that the server refuses a request, in no client's format yet: a `Responder` renders it.
package struct Problem: Error, Hashable {
  package var status: HTTPResponse.Status
  /// A text for people.
  package var message: String
  /// A stable name for programs, in lower case with underscores; nil when there is none.
  package var code: String?
  /// The parameter at fault; nil when no parameter is.
  package var parameter: String?
  /// Seconds after which the client may ask again; nil when it never helps.
  package var retryAfter: Int?
  /// The methods that the path has, for a 405; nil otherwise.
  package var allow: String?

  package init(
    _ status: HTTPResponse.Status, _ message: String, code: String? = nil, parameter: String? = nil,
    retryAfter: Int? = nil
  ) {
    self.status = status
    self.message = message
    self.code = code
    self.parameter = parameter
    self.retryAfter = retryAfter
  }
}

extension Problem {
  package static func invalid(_ message: String, parameter: String? = nil, code: String? = nil) -> Problem {
    Problem(.badRequest, message, code: code, parameter: parameter)
  }

  /// - Parameter routes: the templates of the existing routes.
  package static func routeNotFound(routes: [String]) -> Problem {
    Problem(.notFound, "There is nothing here. Try \(routes.joined(separator: ", ")).", code: "route_not_found")
  }

  package static func methodNotAllowed(allow: String) -> Problem {
    var problem = Problem(
      .methodNotAllowed, "This method is not allowed here. Allowed: \(allow).", code: "method_not_allowed")
    problem.allow = allow
    return problem
  }

  package static func contentTooLarge(limit: Int) -> Problem {
    Problem(.contentTooLarge, "The request is larger than \(limit) bytes.", code: "request_too_large")
  }

  package static let tooSlow = Problem(.requestTimeout, "The request came too slowly.", code: "request_timeout")

  package static let headersTooLarge = Problem(
    .requestHeaderFieldsTooLarge, "The header of the request is larger than this server's limit.",
    code: "headers_too_large")

  /// The server is doing too much of something right now. `retryAfter` is in seconds.
  package static func overloaded(_ message: String, retryAfter: Int = 5) -> Problem {
    Problem(.serviceUnavailable, message, code: "overloaded", retryAfter: retryAfter)
  }
}

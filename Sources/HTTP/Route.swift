package import HTTPTypes

/// The handler of one method on one path.
package struct Route: Sendable {
  package typealias Answer = @Sendable (_ request: Request, _ parameters: PathParameters) -> EventualResponse

  package var method: HTTPRequest.Method
  /// The path's template: its segments are literal, `{name}` or, at the end, `{name...}`.
  package var template: String
  /// The route's name in metrics, which routes may share.
  package var label: String
  package var answer: Answer

  /// - Parameter label: the name in metrics; nil: the template.
  package init(_ method: HTTPRequest.Method, _ template: String, label: String? = nil, answer: @escaping Answer) {
    self.method = method
    self.template = template
    self.label = label ?? template
    self.answer = answer
  }

  /// A route that always answers at once.
  package init(
    _ method: HTTPRequest.Method, _ template: String, label: String? = nil,
    answer: @escaping @Sendable (_ request: Request, _ parameters: PathParameters) -> Response
  ) {
    self.init(method, template, label: label) { request, parameters in .now(answer(request, parameters)) }
  }
}

/// The values that one path has in the places of the template's braces, percent-decoded once.
package struct PathParameters: Sendable {
  private var entries: [(name: String, value: String)] = []

  package init() {}

  mutating func add(_ name: String, _ value: String) {
    entries.append((name, value))
  }

  /// The value of a parameter; empty for a name that the template does not have.
  package subscript(name: String) -> String {
    entries.first { $0.name == name }?.value ?? ""
  }
}

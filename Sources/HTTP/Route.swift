package import HTTPTypes

/// One method of one path.
package struct Route: Sendable {
  package typealias Answer = @Sendable (_ request: Request, _ parameters: PathParameters) -> EventualResponse

  package var method: HTTPRequest.Method
  /// Segments are literal, `{name}` or, at the end, `{name...}`.
  package var template: String
  package var answer: Answer

  package init(_ method: HTTPRequest.Method, _ template: String, answer: @escaping Answer) {
    self.method = method
    self.template = template
    self.answer = answer
  }

  /// One that is always answered at once.
  package init(
    _ method: HTTPRequest.Method, _ template: String,
    answer: @escaping @Sendable (_ request: Request, _ parameters: PathParameters) -> Response
  ) {
    self.init(method, template) { request, parameters in .now(answer(request, parameters)) }
  }
}

/// What the braces of a template stand for in one path, percent-decoded once.
package struct PathParameters: Sendable {
  private var entries: [(name: String, value: String)] = []

  package init() {}

  mutating func add(_ name: String, _ value: String) {
    entries.append((name, value))
  }

  /// Empty for a name that the template does not have.
  package subscript(name: String) -> String {
    entries.first { $0.name == name }?.value ?? ""
  }
}

/// The parameters of a query string (`application/x-www-form-urlencoded`), in order and with repeats.
package struct Query: Hashable, Sendable {
  package struct Parameter: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      (self.name, self.value) = (name, value)
    }
  }

  package private(set) var parameters: [Parameter] = []

  /// Parses a query string. nil and an empty text have no parameters; `a` means `a=`; empty pairs are skipped.
  package init(_ text: String?) throws(QueryError) {
    guard let text else { return }
    for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
      let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true) else {
        throw QueryError(parameter: nil, problem: .encoding)
      }
      guard let value = halves.count > 1 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : "" else {
        throw QueryError(parameter: name, problem: .encoding)
      }
      parameters.append(Parameter(name: name, value: value))
    }
  }

  package init(_ parameters: [Parameter]) {
    self.parameters = parameters
  }

  /// Every value of a parameter.
  package func values(_ name: String) -> [String] {
    parameters.filter { $0.name == name }.map(\.value)
  }

  /// The value of a parameter that may come once; nil when it is absent or empty.
  package func value(_ name: String) throws(QueryError) -> String? {
    var found: String?
    for parameter in parameters where parameter.name == name {
      guard found == nil else { throw QueryError(parameter: name, problem: .repeated) }
      found = parameter.value
    }
    return found == "" ? nil : found
  }
}

package struct QueryError: Error, Hashable {
  package enum Problem: Hashable, Sendable {
    /// The text has bad percent-encoding, a NUL, or bytes that are not UTF-8.
    case encoding
    /// The client gave several values where only one is allowed.
    case repeated
    /// The value is not allowed; the text lists the allowed values.
    case value(String)
    /// The value is wrong for the reason in this text, which continues a sentence that begins with the parameter's
    /// name.
    case text(String)
  }

  /// The parameter at fault; nil when its name itself is malformed.
  package var parameter: String?
  package var problem: Problem

  package init(parameter: String?, problem: Problem) {
    self.parameter = parameter
    self.problem = problem
  }
}

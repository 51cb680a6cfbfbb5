/// What kind of value a field holds.
enum FieldType {
  case text
  /// Compared exactly.
  case integer
  case real
  case time
  case kind
  case state

  /// For messages: what a value of it looks like.
  var expectation: String {
    switch self {
    case .text: "a text"
    case .integer: "a whole number"
    case .real: "a number"
    case .time: "a time such as 2026-11-22T10:00:00Z"
    case .kind: "one of " + ModelKind.allCases.map(\.name).joined(separator: ", ")
    case .state: "one of " + ModelState.allCases.map(\.name).joined(separator: ", ")
    }
  }

  var isOrdered: Bool {
    switch self {
    case .text, .integer, .real, .time: true
    case .kind, .state: false
    }
  }
}

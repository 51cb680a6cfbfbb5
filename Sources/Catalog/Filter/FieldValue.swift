/// The type of a field's value.
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

/// The value of a field, in the form in which fields are compared. Times are microseconds since the Unix epoch, enums
/// are numbers as on the wire.
package enum OrderValue: Hashable, Sendable {
  case absent
  case text(String)
  case number(Int64)
  case real(Double)

  package static func == (a: OrderValue, b: OrderValue) -> Bool {
    switch (a, b) {
    case (.absent, .absent): true
    case (.text(let a), .text(let b)): sameBytes(a, b)
    case (.number(let a), .number(let b)): a == b
    case (.real(let a), .real(let b)): a == b
    default: false
    }
  }
}

extension OrderValue {
  init(_ moment: Timestamp) {
    self = .number(moment.microseconds)
  }

  init(_ moment: Timestamp?) {
    self = moment.map { .number($0.microseconds) } ?? .absent
  }

  /// NaN has no place in an order.
  init(_ real: Double?) {
    guard let real, !real.isNaN else {
      self = .absent
      return
    }
    self = .real(real)
  }
}

/// The type of a field's value.
enum FieldType {
  case text
  /// An integer; comparisons are exact.
  case integer
  case real
  case time
  case kind
  case state

  /// For error messages: the form of such a value.
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

/// The value of a field in comparable form. A time is in microseconds since the Unix epoch; an enum is its number on
/// the wire.
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

  /// A real value; NaN counts as absent, because it has no place in an order.
  init(_ real: Double?) {
    guard let real, !real.isNaN else {
      self = .absent
      return
    }
    self = .real(real)
  }
}

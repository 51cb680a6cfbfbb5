/// The test of one value by a comparison, with the comparison's own value already parsed and typed.
enum ValueTest: Hashable, Sendable {
  /// The value is present.
  case known
  /// The value is present, and neither empty nor 0.
  case filled
  case wildcard(WildcardMatcher)
  case contains(SubstringMatcher)
  case text(Relation, Text)
  case number(Relation, Int64)
  case real(Relation, Double)
  indirect case not(ValueTest)

  /// A text; it is equal to another by its bytes.
  struct Text: Hashable, Sendable {
    var string: String

    static func == (a: Text, b: Text) -> Bool { sameBytes(a.string, b.string) }
  }

  enum Relation: Hashable, Sendable {
    case equal, less, lessOrEqual, greater, greaterOrEqual
  }

  func holds(_ value: OrderValue) -> Bool {
    switch (self, value) {
    case (.not(let test), _): !test.holds(value)
    case (_, .absent): false
    case (.known, _): true
    case (.filled, .text(let text)): !text.isEmpty
    case (.filled, .number(let number)): number != 0
    case (.filled, .real): true
    case (.wildcard(let wildcard), .text(let text)): wildcard.matches(text)
    case (.contains(let needle), .text(let text)): needle.isIn(text)
    case (.text(let relation, let limit), .text(let text)):
      relation == .equal ? sameBytes(text, limit.string) : relation.holds(byteOrder(text, limit.string), 0)
    case (.number(let relation, let limit), .number(let number)): relation.holds(number, limit)
    case (.real(let relation, let limit), .real(let real)): relation.holds(real, limit)
    default: false
    }
  }
}

extension ValueTest.Relation {
  @inline(__always)
  func holds<Number: Comparable>(_ a: Number, _ b: Number) -> Bool {
    switch self {
    case .equal: a == b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

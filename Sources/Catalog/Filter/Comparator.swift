/// How a field is compared, as it is written.
enum Comparator: String, Sendable {
  case equal = "="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case has = ":"

  /// The one that begins with these bytes, and the longest.
  init?(_ first: UInt8, _ second: UInt8?) {
    let isEqual = second == UInt8(ascii: "=")
    switch Unicode.Scalar(first) {
    case "=": self = .equal
    case "!" where isEqual: self = .notEqual
    case "<": self = isEqual ? .lessOrEqual : .less
    case ">": self = isEqual ? .greaterOrEqual : .greater
    case ":": self = .has
    default: return nil
    }
  }

  /// How a value on the left relates to the one on the right; `!=` is the contrary of it.
  var relation: ValueTest.Relation {
    switch self {
    case .equal, .notEqual, .has: .equal
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    }
  }
}

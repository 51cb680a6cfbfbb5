import Catalog
import HTTP
import Wire

/// The parameters that several resources take.
extension Query {
  func view() throws(QueryError) -> ModelView {
    switch try value("view") {
    case nil, "basic", "BASIC": return .basic
    case "full", "FULL": return .full
    default: throw QueryError(parameter: "view", problem: .value("basic or full"))
    }
  }

  /// A revision; 0 when the parameter is absent.
  func revision(_ name: String) throws(QueryError) -> Int64 {
    try parsedRevision(name, try value(name))
  }

  /// A time in RFC 3339, or in seconds since the Unix epoch; nil when the parameter is absent.
  func time(_ name: String) throws(QueryError) -> Timestamp? {
    guard let text = try value(name) else { return nil }
    // A plus sign that the client did not encode arrives as a blank.
    let stamp = String(text.map { $0 == " " ? "+" : $0 })
    guard let time = Timestamp(rfc3339: stamp) ?? Timestamp(unixSeconds: text) else {
      throw QueryError(parameter: name, problem: .value("a time such as 2025-01-31T09:05:00Z, or Unix seconds"))
    }
    return time
  }

  /// A limit of at least 1, reduced to `max` when it is larger; nil when the parameter is absent.
  func limit(max: Int) throws(QueryError) -> Int? {
    guard let text = try value("limit") else { return nil }
    let isNumber = text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    // A number with too many digits for an integer is larger than `max`.
    let number = isNumber ? Int(text) ?? max : 0
    guard number > 0 else { throw QueryError(parameter: "limit", problem: .value("a number from 1")) }
    return min(number, max)
  }

  /// A switch; false when the parameter is absent.
  func flag(_ name: String) throws(QueryError) -> Bool {
    switch try value(name) {
    case nil, "false", "0": return false
    case "true", "1": return true
    default: throw QueryError(parameter: name, problem: .value("true or false"))
    }
  }
}

/// A revision that is not negative; 0 for nil.
func parsedRevision(_ name: String, _ text: String?) throws(QueryError) -> Int64 {
  guard let text else { return 0 }
  guard let revision = Int64(text), revision >= 0 else {
    throw QueryError(parameter: name, problem: .value("a revision"))
  }
  return revision
}

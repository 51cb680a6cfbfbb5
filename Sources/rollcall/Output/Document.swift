/// A value for output as JSON or YAML. Its fields keep their order.
indirect enum Document: Hashable {
  case null
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case text(String)
  case list([Document])
  case object([Field])

  struct Field: Hashable {
    var name: String
    var value: Document

    init(_ name: String, _ value: Document) {
      self.name = name
      self.value = value
    }
  }

  /// A text; null when it is empty.
  static func textOrNull(_ text: String) -> Document {
    text.isEmpty ? .null : .text(text)
  }

  /// Labels as an object, sorted by name.
  static func labels(_ labels: [String: String]) -> Document {
    .object(labels.sorted { $0.key < $1.key }.map { Field($0.key, .text($0.value)) })
  }

  /// A number, without a fraction when it is whole; null for nil and for a value that JSON cannot hold.
  static func number(_ value: Double?) -> Document {
    guard let value, value.isFinite else { return .null }
    return Int64(exactly: value).map { .int($0) } ?? .double(value)
  }

  /// A number of tokens; null for 0, which means unknown.
  static func tokens(_ count: Int64) -> Document {
    count > 0 ? .int(count) : .null
  }
}

/// A value to be written as JSON or YAML. Its fields keep their order.
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

  /// null for an empty text.
  static func textOrNull(_ text: String) -> Document {
    text.isEmpty ? .null : .text(text)
  }

  /// Sorted by name.
  static func labels(_ labels: [String: String]) -> Document {
    .object(labels.sorted { $0.key < $1.key }.map { Field($0.key, .text($0.value)) })
  }

  /// null for nil and for what JSON cannot hold; a whole number without a fraction.
  static func number(_ value: Double?) -> Document {
    guard let value, value.isFinite else { return .null }
    return Int64(exactly: value).map { .int($0) } ?? .double(value)
  }

  /// A number of tokens; null for 0, which is not known.
  static func tokens(_ count: Int64) -> Document {
    count > 0 ? .int(count) : .null
  }
}

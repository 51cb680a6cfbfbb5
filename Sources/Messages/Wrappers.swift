package import CMessages

// `google.protobuf.DoubleValue`: a number that may be absent.

extension MessageDraft {
  /// A wrapped number; nil for nil.
  @safe package func number(_ value: Double?) -> UnsafeMutablePointer<Google__Protobuf__DoubleValue>? {
    guard let value else { return nil }
    return message { $0.fields.value = value }
  }
}

extension MessageView {
  /// The value of a wrapped number; nil when it is absent.
  @safe package func number(_ field: (M) -> UnsafeMutablePointer<Google__Protobuf__DoubleValue>?) -> Double? {
    unsafe message(field) { $0.fields.value }
  }
}

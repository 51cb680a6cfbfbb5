package import CMessages

// `google.protobuf.DoubleValue`: a number that can be absent.

extension MessageDraft {
  /// nil for nil.
  @safe package func number(_ value: Double?) -> UnsafeMutablePointer<Google__Protobuf__DoubleValue>? {
    guard let value else { return nil }
    return message { $0.fields.value = value }
  }
}

extension MessageView {
  /// nil when it is absent.
  @safe package func number(_ field: (M) -> UnsafeMutablePointer<Google__Protobuf__DoubleValue>?) -> Double? {
    unsafe message(field) { $0.fields.value }
  }
}

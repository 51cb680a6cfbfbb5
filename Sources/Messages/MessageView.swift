package import CMessages

/// An unpacked message. It is readable only while the closure that receives it runs.
///
/// It is non-copyable and lent, so that it cannot outlive its memory. Each value read from it is an independent Swift
/// value.
@safe package struct MessageView<M: Message>: ~Copyable {
  private let pointer: UnsafePointer<M>

  init(_ pointer: UnsafePointer<M>) {
    unsafe self.pointer = pointer
  }

  /// The struct itself, for numbers. Only the methods below may follow its pointers.
  package var fields: M { unsafe pointer.pointee }

  /// Packs the message again. Unknown fields are kept, but they come after the known fields.
  package func packed() -> [UInt8] {
    unsafe pack(UnsafeRawPointer(pointer).assumingMemoryBound(to: ProtobufCMessage.self), header: .none)
  }

  @safe package func string(_ field: (M) -> UnsafeMutablePointer<CChar>?) -> String {
    guard let text = unsafe field(pointer.pointee) else { return "" }
    return unsafe String(cString: text)
  }

  @safe package func bytes(_ field: (M) -> ProtobufCBinaryData) -> [UInt8] {
    let data = unsafe field(pointer.pointee)
    return unsafe Array(UnsafeBufferPointer(start: data.data, count: data.len))
  }

  /// Lends a sub-message to `body`; nil when it is absent.
  @safe package func message<S: Message, R>(
    _ field: (M) -> UnsafeMutablePointer<S>?, _ body: (borrowing MessageView<S>) -> R
  ) -> R? {
    guard let message = unsafe field(pointer.pointee) else { return nil }
    return unsafe body(MessageView<S>(message))
  }

  @safe package func strings(
    _ field: (M) -> (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, count: Int)
  ) -> [String] {
    let (texts, count) = unsafe field(pointer.pointee)
    return unsafe UnsafeBufferPointer(start: texts, count: count).map { text in
      unsafe text.map { unsafe String(cString: $0) } ?? ""
    }
  }

  @safe package func messages<S: Message, R>(
    _ field: (M) -> (UnsafeMutablePointer<UnsafeMutablePointer<S>?>?, count: Int),
    _ body: (borrowing MessageView<S>) -> R
  ) -> [R] {
    let (messages, count) = unsafe field(pointer.pointee)
    var results = [R]()
    results.reserveCapacity(count)
    for index in 0..<count {
      guard let message = unsafe messages?[index] else { continue }
      unsafe results.append(body(MessageView<S>(message)))
    }
    return results
  }
}

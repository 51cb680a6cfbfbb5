import CMessages

/// A generated protobuf-c struct whose first member is `ProtobufCMessage base`.
package protocol Message {
  static var schema: MessageSchema { get }
  /// A struct of zero bytes only, which protobuf-c has not initialised yet.
  init()
}

/// The generated descriptor of one message type.
///
/// It points to constant data of the library, which no code changes.
@safe package struct MessageSchema: Sendable {
  nonisolated(unsafe) let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// The generated initialiser stores the descriptor's real address, which differs from that of the imported constant.
  init<M: Message>(_ initialize: (UnsafeMutablePointer<M>?) -> Void) {
    var message = M()
    unsafe initialize(&message)
    unsafe descriptor = withUnsafeBytes(of: message) {
      unsafe $0.load(as: UnsafePointer<ProtobufCMessageDescriptor>.self)
    }
  }

  /// The full name with its package: `rollcall.v1.Model`.
  package var name: String { unsafe String(cString: descriptor.pointee.name) }
}

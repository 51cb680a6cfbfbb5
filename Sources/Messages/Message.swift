import CMessages

/// A generated protobuf-c struct whose first member is `ProtobufCMessage base`.
package protocol Message {
  static var schema: MessageSchema { get }
  /// All zeros, not yet initialised as protobuf-c wants it.
  init()
}

/// The generated descriptor of one message type.
///
/// It points to constant data of the library, which is never written.
@safe package struct MessageSchema: Sendable {
  nonisolated(unsafe) let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// The generated initialiser has the descriptor's own address, which the imported constant does not.
  init<M: Message>(_ initialize: (UnsafeMutablePointer<M>?) -> Void) {
    var message = M()
    unsafe initialize(&message)
    unsafe descriptor = withUnsafeBytes(of: message) {
      unsafe $0.load(as: UnsafePointer<ProtobufCMessageDescriptor>.self)
    }
  }

  /// With its package: `rollcall.v1.Model`.
  package var name: String { unsafe String(cString: descriptor.pointee.name) }
}

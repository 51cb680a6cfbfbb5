import CMessages

/// The header in front of a packed message.
package enum PackHeader: Hashable, Sendable {
  case none
  /// Tag and length, for a sub-message in the field with this number.
  case field(Int)
  /// gRPC's 5-byte prefix.
  case frame
}

/// Builds a message and packs it, with `header` in front.
package func pack<M: Message>(
  _ type: M.Type = M.self, header: PackHeader = .none, _ fill: (borrowing MessageDraft<M>) -> Void
) -> [UInt8] {
  let arena = Arena(limit: .max)
  defer { extendLifetime(arena) }
  let draft = unsafe MessageDraft<M>(in: arena.memory)
  fill(draft)
  return unsafe pack(UnsafeRawPointer(draft.pointer).assumingMemoryBound(to: ProtobufCMessage.self), header: header)
}

func pack(_ message: UnsafePointer<ProtobufCMessage>, header: PackHeader) -> [UInt8] {
  let size = unsafe protobuf_c_message_get_packed_size(message)
  let front = header.bytes(before: size)
  return unsafe [UInt8](unsafeUninitializedCapacity: front.count + size) { buffer, count in
    _ = unsafe buffer.initialize(from: front)
    count = unsafe front.count + protobuf_c_message_pack(message, buffer.baseAddress! + front.count)
  }
}

extension PackHeader {
  fileprivate func bytes(before size: Int) -> [UInt8] {
    var bytes = [UInt8]()
    switch self {
    case .none:
      break
    case .field(let number):
      bytes.appendTag(number, wireType: 2)
      bytes.appendVarint(UInt64(size))
    case .frame:
      bytes.appendFramePrefix(count: size)
    }
    return bytes
  }
}

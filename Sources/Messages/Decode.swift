import CProtobufC

/// Checks the bytes of a message, unpacks them into an arena, lends the message to `body` and frees it.
package func withDecoded<M: Message, R>(
  _ bytes: ArraySlice<UInt8>, as type: M.Type = M.self, limits: WireLimits = .request,
  _ body: (borrowing MessageView<M>) throws(MalformedMessage) -> R
) throws(MalformedMessage) -> R {
  try unsafe bytes.withUnsafeBufferPointer { bytes throws(MalformedMessage) -> R in
    try unsafe WireWalker.check(bytes, M.schema, limits)
    return try unsafe Arena.with(limit: limits.memory) { arena throws(MalformedMessage) -> R in
      var allocator = unsafe Arena.allocator(arena)
      // NULL is past the arena's limit, or a required field (proto2) that is not there.
      let unpacked = unsafe protobuf_c_message_unpack(
        M.schema.descriptor, &allocator, bytes.count, bytes.baseAddress)
      guard let unpacked = unsafe unpacked else {
        throw MalformedMessage(.limit, "does not unpack within \(limits.memory) bytes")
      }
      return try unsafe unpacked.withMemoryRebound(to: M.self, capacity: 1) { message throws(MalformedMessage) -> R in
        try unsafe body(MessageView(message))
      }
    }
  }
}

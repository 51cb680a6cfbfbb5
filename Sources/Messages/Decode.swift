import CMessages

/// Checks the bytes of a message, unpacks them into an arena, lends the message to `body`, and frees it.
package func withDecoded<M: Message, R>(
  _ bytes: ArraySlice<UInt8>, as type: M.Type = M.self, limits: WireLimits = .request,
  _ body: (borrowing MessageView<M>) throws(MalformedMessage) -> R
) throws(MalformedMessage) -> R {
  let arena = Arena(limit: limits.memory)
  defer { extendLifetime(arena) }
  let message = try unsafe arena.unpack(bytes, M.schema, limits)
  return try unsafe body(MessageView(message.assumingMemoryBound(to: M.self)))
}

extension Arena {
  /// A message of the schema's type that lives as long as the arena.
  fileprivate func unpack(
    _ bytes: ArraySlice<UInt8>, _ schema: MessageSchema, _ limits: WireLimits
  ) throws(MalformedMessage) -> UnsafeRawPointer {
    try unsafe bytes.withUnsafeBufferPointer { bytes throws(MalformedMessage) -> UnsafeRawPointer in
      try unsafe WireWalker.check(bytes, schema, limits)
      var allocator = unsafe allocator
      // NULL means that the arena is full, or that a required field (proto2) is absent.
      let message = unsafe protobuf_c_message_unpack(schema.descriptor, &allocator, bytes.count, bytes.baseAddress)
      guard let message = unsafe message else {
        throw MalformedMessage(.limit, "does not unpack within \(limits.memory) bytes")
      }
      return UnsafeRawPointer(message)
    }
  }
}

import CMessages

/// Walks once over the bytes of a message and checks them, because protobuf-c checks little when it unpacks.
///
/// protobuf-c recurses per level, ends strings at a NUL and takes up to 60 bytes of memory per byte of input. So the
/// walker rejects messages that are too deep or too large, groups, and wire types that do not fit the field. It also
/// rejects text that is not UTF-8 or contains NUL, and truncated messages. It is iterative, so the input's depth never
/// becomes the depth of the stack.
@safe struct WireWalker {
  private let base: UnsafePointer<UInt8>
  private var position = 0
  /// The end of the message that the walker is in.
  private var end: Int
  private var descriptor: UnsafePointer<ProtobufCMessageDescriptor>
  private var fieldsLeft: Int

  @safe private struct Frame {
    var descriptor: UnsafePointer<ProtobufCMessageDescriptor>
    var end: Int
  }

  static func check(_ bytes: UnsafeBufferPointer<UInt8>, _ schema: MessageSchema, _ limits: WireLimits)
    throws(MalformedMessage)
  {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    var walker = unsafe WireWalker(
      base: base, end: bytes.count, descriptor: schema.descriptor, fieldsLeft: limits.fields)
    try unsafe withUnsafeTemporaryAllocation(of: Frame.self, capacity: limits.depth) {
      frames throws(MalformedMessage) in
      try unsafe walker.walk(frames)
    }
  }

  /// Walks a message. `outer` holds the messages around it.
  private mutating func walk(_ outer: UnsafeMutableBufferPointer<Frame>) throws(MalformedMessage) {
    var depth = 1
    while true {
      while position == end {
        depth -= 1
        guard depth > 0 else { return }
        let frame = unsafe outer[depth - 1]
        unsafe descriptor = frame.descriptor
        end = frame.end
      }
      guard let (inner, innerEnd) = unsafe try field() else { continue }
      guard depth < outer.count else {
        throw MalformedMessage(.limit, "nested deeper than \(outer.count) levels", offset: position)
      }
      unsafe outer[depth - 1] = unsafe Frame(descriptor: descriptor, end: end)
      unsafe descriptor = inner
      end = innerEnd
      depth += 1
    }
  }

  /// Walks one field. Returns the descriptor of a message that the walker must enter next; nil for any other field.
  private mutating func field() throws(MalformedMessage) -> (UnsafePointer<ProtobufCMessageDescriptor>, end: Int)? {
    let start = position
    let tag = try varint()
    guard tag >> 3 != 0, tag <= UInt64(UInt32.max) else {
      throw MalformedMessage(.malformed, "no field has this tag", offset: start)
    }
    try count(1, at: start)
    let found = unsafe protobuf_c_message_descriptor_get_field(descriptor, UInt32(tag >> 3))
    guard let field = unsafe found else {
      try skip(wireType: tag & 7, at: start)
      return nil
    }
    do throws(MalformedMessage) {
      return try unsafe known(field.pointee, wireType: tag & 7, at: start)
    } catch {
      var error = error
      error.field = unsafe String(cString: field.pointee.name)
      throw error
    }
  }

  private mutating func known(
    _ field: ProtobufCFieldDescriptor, wireType: UInt64, at start: Int
  ) throws(MalformedMessage) -> (UnsafePointer<ProtobufCMessageDescriptor>, end: Int)? {
    let expected = unsafe field.type.wireType
    if wireType == expected.rawValue {
      guard expected == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED else {
        try skip(wireType: wireType, at: start)
        return nil
      }
      let end = try lengthPrefixed()
      switch unsafe field.type {
      case PROTOBUF_C_TYPE_MESSAGE:
        return unsafe (field.descriptor.assumingMemoryBound(to: ProtobufCMessageDescriptor.self), end)
      case PROTOBUF_C_TYPE_STRING:
        try text(to: end)
      default:
        position = end
      }
    } else if wireType == 2, unsafe field.label == PROTOBUF_C_LABEL_REPEATED {
      try packed(expected, to: try lengthPrefixed())
    } else {
      throw MalformedMessage(.malformed, "wire type \(wireType) does not fit", offset: start)
    }
    return nil
  }

  /// Walks the elements of a packed field.
  private mutating func packed(_ type: ProtobufCWireType, to end: Int) throws(MalformedMessage) {
    let start = position
    var elements = 0
    if type == PROTOBUF_C_WIRE_TYPE_VARINT {
      let outerEnd = self.end
      self.end = end
      while position < end {
        _ = try varint()
        elements += 1
      }
      self.end = outerEnd
    } else {
      let size = type == PROTOBUF_C_WIRE_TYPE_32BIT ? 4 : 8
      guard (end - start) % size == 0 else {
        throw MalformedMessage(.malformed, "packed elements of \(size) bytes do not fill their length", offset: start)
      }
      elements = (end - start) / size
      position = end
    }
    try count(elements, at: start)
  }

  private mutating func skip(wireType: UInt64, at start: Int) throws(MalformedMessage) {
    switch wireType {
    case 0:
      _ = try varint()
    case 1:
      try advance(8)
    case 2:
      position = try lengthPrefixed()
    case 5:
      try advance(4)
    case 3, 4:
      throw MalformedMessage(.malformed, "groups are not taken", offset: start)
    default:
      throw MalformedMessage(.malformed, "there is no wire type \(wireType)", offset: start)
    }
  }

  private mutating func count(_ fields: Int, at start: Int) throws(MalformedMessage) {
    fieldsLeft -= fields
    guard fieldsLeft >= 0 else { throw MalformedMessage(.limit, "too many fields", offset: start) }
  }

  private mutating func advance(_ count: Int) throws(MalformedMessage) {
    guard count <= end - position else { throw MalformedMessage(.malformed, "truncated", offset: position) }
    position += count
  }

  /// Reads a length, and returns the offset at which that many bytes end.
  private mutating func lengthPrefixed() throws(MalformedMessage) -> Int {
    let start = position
    let length = try varint()
    guard length <= UInt64(end - position) else {
      throw MalformedMessage(.malformed, "longer than what holds it", offset: start)
    }
    return position + Int(length)
  }

  private mutating func varint() throws(MalformedMessage) -> UInt64 {
    if position < end {
      let byte = unsafe base[position]
      if byte < 0x80 {
        position += 1
        return UInt64(byte)
      }
    }
    return try longVarint()
  }

  private mutating func longVarint() throws(MalformedMessage) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = unsafe base[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        guard shift < 63 || byte <= 1 else { break }
        return value
      }
      shift += 7
      guard shift < 70 else { break }
    }
    throw MalformedMessage(.malformed, "not a whole varint of 64 bits", offset: start)
  }

  /// Checks text up to `end`: UTF-8 without NUL, because NUL ends a C string.
  private mutating func text(to end: Int) throws(MalformedMessage) {
    var offset = position
    // Checks eight bytes at a time while all are ASCII without NUL: x - 1 borrows into the high bit of a byte that is
    // 0.
    while offset + 8 <= end {
      let word = unsafe UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self)
      guard (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0 else { break }
      offset += 8
    }
    var ascii = true
    while offset < end {
      let byte = unsafe base[offset]
      guard byte != 0 else { throw MalformedMessage(.malformed, "text with a NUL", offset: offset) }
      ascii = ascii && byte < 0x80
      offset += 1
    }
    if !ascii { try unicode(to: end) }
    position = end
  }

  private func unicode(to end: Int) throws(MalformedMessage) {
    do {
      _ = try UTF8Span(validating: unsafe Span(_unsafeStart: base + position, count: end - position))
    } catch {
      throw MalformedMessage(.malformed, "text that is not UTF-8", offset: position)
    }
  }
}

extension ProtobufCType {
  /// The wire type of one value of this type.
  fileprivate var wireType: ProtobufCWireType {
    switch self {
    case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES, PROTOBUF_C_TYPE_MESSAGE: PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED
    case PROTOBUF_C_TYPE_SFIXED32, PROTOBUF_C_TYPE_FIXED32, PROTOBUF_C_TYPE_FLOAT: PROTOBUF_C_WIRE_TYPE_32BIT
    case PROTOBUF_C_TYPE_SFIXED64, PROTOBUF_C_TYPE_FIXED64, PROTOBUF_C_TYPE_DOUBLE: PROTOBUF_C_WIRE_TYPE_64BIT
    default: PROTOBUF_C_WIRE_TYPE_VARINT
    }
  }
}

import Messages

/// Bytes of the wire format, good and bad, field by field.
struct WireBuilder {
  var bytes: [UInt8] = []

  func varint(_ field: Int, _ value: UInt64) -> WireBuilder {
    var copy = self
    copy.bytes.appendTag(field, wireType: 0)
    copy.bytes.appendVarint(value)
    return copy
  }

  func string(_ field: Int, _ value: [UInt8]) -> WireBuilder {
    var copy = self
    copy.bytes.appendTag(field, wireType: 2)
    copy.bytes.appendVarint(UInt64(value.count))
    copy.bytes += value
    return copy
  }

  func string(_ field: Int, _ value: String) -> WireBuilder {
    string(field, Array(value.utf8))
  }

  func raw(_ field: Int, wireType: UInt64, _ value: [UInt8] = []) -> WireBuilder {
    var copy = self
    copy.bytes.appendTag(field, wireType: wireType)
    copy.bytes += value
    return copy
  }
}

/// What keeps `bytes` from being a message; nil when they are one.
func refusal<M: Message>(
  _ bytes: [UInt8], _ type: M.Type = M.self, limits: WireLimits = .request
) -> MalformedMessage? {
  do {
    try withDecoded(bytes[...], as: type, limits: limits) { _ in }
    return nil
  } catch {
    return error
  }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

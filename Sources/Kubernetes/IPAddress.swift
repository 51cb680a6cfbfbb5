/// An IPv4 or IPv6 address, without brackets and without a zone.
struct IPAddress: Hashable, Sendable {
  /// 4 or 16 bytes, most significant first.
  let bytes: [UInt8]

  /// nil when the text is not an address.
  init?(_ text: some StringProtocol) {
    guard let bytes = text.contains(":") ? Self.version6(String(text)) : Self.version4(String(text)) else { return nil }
    self.bytes = bytes
  }

  private static func version4(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part in
      part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt8(part) : nil
    }
    return parts.count == 4 && bytes.count == 4 ? bytes : nil
  }

  private static func version6(_ text: String) -> [UInt8]? {
    let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false).map { half in
      half.isEmpty ? [] : groups(half)
    }
    guard let first = halves.first ?? [], halves.count <= 2 else { return nil }
    guard halves.count == 2 else { return first.count == 16 ? first : nil }
    guard let last = halves[1], first.count + last.count < 16 else { return nil }
    return first + [UInt8](repeating: 0, count: 16 - first.count - last.count) + last
  }

  /// The bytes of the groups between colons; nil when a group is not one to four hexadecimal digits.
  private static func groups(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    for group in text.split(separator: ":", omittingEmptySubsequences: false) {
      guard (1...4).contains(group.utf8.count), !group.hasPrefix("+"), let value = UInt16(group, radix: 16) else {
        return nil
      }
      bytes += [UInt8(value >> 8), UInt8(value & 0xff)]
    }
    return bytes
  }
}

/// The addresses that share their first bits, such as `10.0.0.0/8`.
struct IPNetwork: Hashable, Sendable {
  private let address: IPAddress
  /// The number of bits that the addresses share.
  private let length: Int

  /// nil when the text is not a network.
  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPAddress(parts[0]), let length = Int(parts[1]),
      (0...address.bytes.count * 8).contains(length)
    else { return nil }
    self.address = address
    self.length = length
  }

  func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
      let bits = min(max(length - index * 8, 0), 8)
      return (pair.0 ^ pair.1) >> (8 - UInt8(bits)) == 0
    }
  }
}

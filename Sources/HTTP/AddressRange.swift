/// The IP addresses that share their first bits, in the notation of CIDR (RFC 4632): `10.0.0.0/8`, `fd00::/8`. An
/// address without a length is a range of itself alone.
///
/// An address of IPv4 that is mapped into IPv6 (`::ffff:10.0.0.1`) is the address of IPv4.
package struct AddressRange: Hashable, Sendable {
  private let first: UInt128
  private let mask: UInt128

  /// nil when the text is no range.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, !parts[0].contains("%"), let address = Self.address(parts[0]) else { return nil }
    let bits = parts[0].contains(":") ? 128 : 32
    var length = bits
    if parts.count == 2 {
      guard let number = Self.number(parts[1], digits: 3, max: bits) else { return nil }
      length = number
    }
    let shared = 128 - bits + length
    mask = shared == 0 ? 0 : UInt128.max << UInt128(128 - shared)
    first = address & mask
  }

  private init(address: UInt128) {
    (first, mask) = (address, .max)
  }

  /// The address of IPv4 to which a translator takes packets for this address of IPv6: NAT64 (RFC 6052 and 8215), 6to4
  /// (RFC 3056), and the old form `::10.0.0.1`. nil: there is none, or the range has several addresses.
  package var translated: AddressRange? {
    guard mask == .max else { return nil }
    let low = first & 0xffff_ffff
    switch (first >> 112, first >> 80, first >> 32) {
    case (0x2002, _, _): return AddressRange(address: 0xffff_0000_0000 | (first >> 80 & 0xffff_ffff))
    case (_, 0x64_ff9b_0001, _), (_, _, 0x64_ff9b << 64): return AddressRange(address: 0xffff_0000_0000 | low)
    case (_, _, 0) where low > 0xffff: return AddressRange(address: 0xffff_0000_0000 | low)
    default: return nil
    }
  }

  /// Whether the range has an address; false for a text that is none. The zone of an IPv6 address does not matter.
  package func contains(_ address: String) -> Bool {
    guard let address = Self.address(address.prefix { $0 != "%" }) else { return false }
    return address & mask == first
  }

  /// Whether another range has all addresses of this range.
  package func isWithin(_ other: AddressRange) -> Bool {
    mask & other.mask == other.mask && first & other.mask == other.first
  }

  /// Whether a text is an address, without a length and a zone.
  static func isAddress(_ text: Substring) -> Bool { address(text) != nil }

  /// The address as a number of IPv6; nil when the text is none.
  private static func address(_ text: Substring) -> UInt128? {
    guard text.contains(":") else { return version4(text).map { 0xffff_0000_0000 | UInt128($0) } }
    let halves = text.split(separator: "::", omittingEmptySubsequences: false)
    guard halves.count <= 2, let head = groups(halves[0], isLast: halves.count == 1) else { return nil }
    guard halves.count == 2 else { return head.count == 8 ? joined(head) : nil }
    guard let tail = groups(halves[1], isLast: true), head.count + tail.count < 8 else { return nil }
    return joined(head + [UInt16](repeating: 0, count: 8 - head.count - tail.count) + tail)
  }

  private static func joined(_ groups: [UInt16]) -> UInt128 {
    groups.reduce(0) { $0 << 16 | UInt128($1) }
  }

  /// The groups between colons. `isLast`: the last one may be an address of IPv4.
  private static func groups(_ text: Substring, isLast: Bool) -> [UInt16]? {
    guard !text.isEmpty else { return [] }
    var groups = [UInt16]()
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() {
      if isLast, index == parts.count - 1, part.contains(".") {
        guard let address = version4(part) else { return nil }
        groups += [UInt16(address >> 16), UInt16(address & 0xffff)]
      } else {
        guard (1...4).contains(part.utf8.count), part.utf8.first != UInt8(ascii: "+"),
          part.utf8.first != UInt8(ascii: "-"), let group = UInt16(part, radix: 16)
        else { return nil }
        groups.append(group)
      }
    }
    return groups
  }

  private static func version4(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var address: UInt32 = 0
    for part in parts {
      guard let byte = number(part, digits: 3, max: 255) else { return nil }
      address = address << 8 | UInt32(byte)
    }
    return address
  }

  private static func number(_ text: Substring, digits: Int, max: Int) -> Int? {
    let isNumber = text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
    // A zero in front means a number of base 8 to some programs.
    guard (1...digits).contains(text.utf8.count), isNumber, text == "0" || text.utf8.first != UInt8(ascii: "0"),
      let number = Int(text), number <= max
    else { return nil }
    return number
  }
}

/// A 128-bit hash that distinguishes contents and is the same in every process. The hash of a set is the sum of its
/// elements' hashes, so the order does not matter.
///
/// The hash of bytes is MurmurHash3_x64_128 (Austin Appleby, public domain) with seed 0. It mixes well, but it does not
/// withstand an attacker who looks for collisions.
package struct ContentHash: Hashable, Sendable {
  package var first: UInt64
  package var second: UInt64

  package init(first: UInt64 = 0, second: UInt64 = 0) {
    self.first = first
    self.second = second
  }

  /// The hash of an empty set.
  package static let zero = ContentHash()

  /// Adds the two 64-bit lanes separately, with wrap-around.
  package static func + (a: ContentHash, b: ContentHash) -> ContentHash {
    ContentHash(first: a.first &+ b.first, second: a.second &+ b.second)
  }

  /// Removes a hash from a sum.
  package static func - (a: ContentHash, b: ContentHash) -> ContentHash {
    ContentHash(first: a.first &- b.first, second: a.second &- b.second)
  }

  /// Adds the hash of one more element; the order of additions does not matter.
  package static func += (a: inout ContentHash, b: ContentHash) {
    a = a + b
  }

  /// The hash as 32 hexadecimal digits.
  package var hex: String {
    Self.hex(first) + Self.hex(second)
  }

  /// Reads 32 hexadecimal digits; nil for any other text.
  package init?(hex: String) {
    guard hex.utf8.count == 32, let first = UInt64(hex.prefix(16), radix: 16),
      let second = UInt64(hex.suffix(16), radix: 16)
    else { return nil }
    self.init(first: first, second: second)
  }

  private static func hex(_ lane: UInt64) -> String {
    let digits = String(lane, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}

extension ContentHash {
  private static let c1: UInt64 = 0x87c3_7b91_1142_53d5
  private static let c2: UInt64 = 0x4cf5_ad43_2745_937f

  package init(of bytes: [UInt8]) {
    var h1: UInt64 = 0
    var h2: UInt64 = 0
    let blocks = bytes.count / 16
    for block in 0..<blocks {
      h1 ^= Self.scramble1(Self.word(bytes, at: block * 16, count: 8))
      h1 = Self.rotate(h1, 27) &+ h2
      h1 = h1 &* 5 &+ 0x52dc_e729
      h2 ^= Self.scramble2(Self.word(bytes, at: block * 16 + 8, count: 8))
      h2 = Self.rotate(h2, 31) &+ h1
      h2 = h2 &* 5 &+ 0x3849_5ab5
    }
    let tail = bytes.count - blocks * 16
    if tail > 8 { h2 ^= Self.scramble2(Self.word(bytes, at: blocks * 16 + 8, count: tail - 8)) }
    if tail > 0 { h1 ^= Self.scramble1(Self.word(bytes, at: blocks * 16, count: min(tail, 8))) }
    h1 ^= UInt64(bytes.count)
    h2 ^= UInt64(bytes.count)
    h1 = h1 &+ h2
    h2 = h2 &+ h1
    h1 = Self.finish(h1)
    h2 = Self.finish(h2)
    h1 = h1 &+ h2
    h2 = h2 &+ h1
    self.init(first: h1, second: h2)
  }

  /// Reads up to eight bytes in little-endian order.
  private static func word(_ bytes: [UInt8], at start: Int, count: Int) -> UInt64 {
    var word: UInt64 = 0
    for offset in 0..<count {
      word |= UInt64(bytes[start + offset]) << UInt64(offset * 8)
    }
    return word
  }

  private static func rotate(_ word: UInt64, _ bits: UInt64) -> UInt64 {
    word << bits | word >> (64 - bits)
  }

  private static func scramble1(_ word: UInt64) -> UInt64 {
    rotate(word &* c1, 31) &* c2
  }

  private static func scramble2(_ word: UInt64) -> UInt64 {
    rotate(word &* c2, 33) &* c1
  }

  private static func finish(_ word: UInt64) -> UInt64 {
    var word = word
    word ^= word >> 33
    word = word &* 0xff51_afd7_ed55_8ccd
    word ^= word >> 33
    word = word &* 0xc4ce_b9fe_1a85_ec53
    word ^= word >> 33
    return word
  }
}

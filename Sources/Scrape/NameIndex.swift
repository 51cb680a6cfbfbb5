/// Finds out from the first 16 bytes of a line that its name is none of the wanted ones; hardly any other line passes.
struct NameIndex: Sendable {
  /// Where the second eight of these bytes begin: they end with the shortest name.
  let offset: Int
  /// Which bytes of eight count, when the shortest name has fewer.
  let mask: UInt64
  /// By hash: the first name there + 1, or 0.
  let slots: [UInt16]
  /// By name: the next one with its hash + 1, or 0.
  let next: [UInt16]

  private static let slotBits = 10

  init(_ names: [[UInt8]]) {
    let shortest = names.map(\.count).min() ?? 0
    offset = max(shortest - 8, 0)
    mask = shortest < 8 ? (1 << UInt64(8 * shortest)) - 1 : .max
    var slots = [UInt16](repeating: 0, count: 1 << Self.slotBits)
    var next = [UInt16](repeating: 0, count: names.count)
    // The first one comes to be the first in its slot.
    for (index, name) in names.enumerated().reversed() {
      let slot = Self.slot(Self.word(name.prefix(8)) & mask, Self.word(name.dropFirst(offset).prefix(8)) & mask)
      next[index] = slots[slot]
      slots[slot] = UInt16(index + 1)
    }
    (self.slots, self.next) = (slots, next)
  }

  func name(after name: Int) -> Int? {
    next[name] == 0 ? nil : Int(next[name]) - 1
  }

  static func slot(_ first: UInt64, _ second: UInt64) -> Int {
    let hash = (first &* 0x9e37_79b9_7f4a_7c15) ^ (second &* 0xc2b2_ae3d_27d4_eb4f)
    return Int(truncatingIfNeeded: (hash ^ hash >> 29) >> UInt64(64 - slotBits))
  }

  /// The first one lowest.
  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

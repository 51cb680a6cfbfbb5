/// Rejects a line by 16 bytes of it when its name is none of the wanted names. Few other lines pass.
struct NameIndex: Sendable {
  /// The offset of the second eight bytes, which end where the shortest name ends.
  let offset: Int
  /// The mask of the bytes that count, when the shortest name has fewer than eight.
  let mask: UInt64
  /// For each hash, the index + 1 of the first name with that hash; 0 when there is none.
  let slots: [UInt16]
  /// For each name, the index + 1 of the next name with the same hash; 0 when there is none.
  let next: [UInt16]

  private static let slotBits = 10

  init(_ names: [[UInt8]]) {
    let shortest = names.map(\.count).min() ?? 0
    offset = max(shortest - 8, 0)
    mask = shortest < 8 ? (1 << UInt64(8 * shortest)) - 1 : .max
    var slots = [UInt16](repeating: 0, count: 1 << Self.slotBits)
    var next = [UInt16](repeating: 0, count: names.count)
    // Reversed, so that the first name of a slot stays the first in its list.
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

  /// Reads eight bytes in little-endian order.
  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

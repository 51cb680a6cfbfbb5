/// Finds out from eight bytes of a line that its name is none of the wanted ones; hardly any other line passes.
///
/// Names of one engine begin alike, so the bytes that tell them apart best are looked at, not the first.
struct NameIndex: Sendable {
  /// Where the bytes are, from the line's begin.
  let offset: Int
  /// Which of the eight bytes belong to every wanted name.
  let mask: UInt64
  /// By hash: the first name there + 1, or 0.
  let slots: [UInt16]
  /// By name: the next one with its hash + 1, or 0.
  let next: [UInt16]

  private static let slotBits = 10

  init(_ names: [[UInt8]]) {
    let shortest = names.map(\.count).min() ?? 0
    let width = min(8, shortest)
    let mask = width == 8 ? UInt64.max : (1 << UInt64(8 * width)) - 1
    let offsets = 0...(shortest - width)
    let distinct = offsets.map { offset in Set(names.map { Self.word($0, offset) & mask }).count }
    let offset = distinct.indices.max { distinct[$0] < distinct[$1] } ?? 0
    var slots = [UInt16](repeating: 0, count: 1 << Self.slotBits)
    var next = [UInt16](repeating: 0, count: names.count)
    for (index, name) in names.enumerated().reversed() where index < UInt16.max {
      let slot = Self.slot(of: Self.word(name, offset) & mask)
      next[index] = slots[slot]
      slots[slot] = UInt16(index + 1)
    }
    (self.offset, self.mask, self.slots, self.next) = (offset, mask, slots, next)
  }

  static func slot(of word: UInt64) -> Int {
    Int(truncatingIfNeeded: (word &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - slotBits))
  }

  /// Eight bytes from there, the first one lowest; zeros after the end.
  private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    bytes.dropFirst(offset).prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

import HTTP

/// The content of a long body, which its writer appends a portion at a time.
protocol BodyPortions {
  /// Appends the next portion, of a few kilobytes; false when it was the last.
  mutating func append(to bytes: inout [UInt8]) -> Bool
}

/// A body that is written while it is sent: it never exists as a whole, and no turn of its event loop is long.
final class WrittenBody<Portions: BodyPortions>: BodySource {
  /// The portions that are left; nil when there are none.
  private var portions: Portions?
  private let turn: Int

  /// `turn`: the approximate number of bytes to write at once.
  init(_ portions: Portions, turn: Int = 16_384) {
    self.portions = portions
    self.turn = turn
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    var bytes = [UInt8]()
    bytes.reserveCapacity(turn + 4096)
    var isOver = portions == nil
    while !isOver, bytes.count < turn {
      isOver = !(portions?.append(to: &bytes) ?? false)
    }
    if isOver { portions = nil }
    out.append(bytes[...])
    return isOver ? .end : .more
  }

  func closed() {
    portions = nil
  }

  /// The whole body, written at once.
  var whole: [ArraySlice<UInt8>] {
    var slices = [ArraySlice<UInt8>]()
    while produce(into: &slices, now: .now) == .more {}
    return slices
  }
}

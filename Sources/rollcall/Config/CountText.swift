/// Whole numbers within bounds.
enum CountText {
  /// Throws `CommandError`.
  static func parse(_ text: String, in range: ClosedRange<Int>) throws -> Int {
    guard let count = Int(text), range.contains(count) else {
      throw CommandError("\"\(text)\" is out of range: write a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }
}

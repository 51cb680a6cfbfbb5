/// Durations as people write them: `500ms`, `5s`, `1.5m`, `1h`, `7d`.
enum DurationText {
  private static let units: [(name: String, milliseconds: Int)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]
  private static let longest = 3650.0 * 86_400_000

  /// Throws `CommandError`. Only positive durations of up to ten years are durations.
  static func parse(_ text: String) throws -> Duration {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text.dropFirst(digits.count)
    guard let number = Double(digits), let unit = units.first(where: { $0.name == name })?.milliseconds else {
      throw CommandError("\"\(text)\" is no duration: write a number and a unit, such as 500ms, 5s, 15m or 1h")
    }
    let milliseconds = number * Double(unit)
    guard milliseconds >= 1, milliseconds <= longest else {
      throw CommandError("\"\(text)\" is out of range: write a duration from 1ms to 3650d")
    }
    return .milliseconds(Int(milliseconds.rounded()))
  }

  /// In the largest unit that divides it: `15m`, `90s`.
  static func format(_ duration: Duration) -> String {
    let milliseconds = Int(duration / .milliseconds(1))
    for (name, unit) in units.reversed() where milliseconds % unit == 0 {
      return "\(milliseconds / unit)\(name)"
    }
    return "\(milliseconds)ms"
  }
}

extension Duration {
  /// The units of durations as users write them, smallest first.
  package static let units: [(name: String, milliseconds: Int)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
  ]

  /// Why a text is no duration.
  package enum ParseError: Error, CustomStringConvertible {
    case malformed(String)
    case outOfRange(String)

    package var description: String {
      switch self {
      case .malformed(let text): "\"\(text)\" is no duration: write a number and a unit, such as 500ms, 5s, 15m or 1h"
      case .outOfRange(let text): "\"\(text)\" is out of range: write a duration from 1ms to 3650d"
      }
    }
  }

  /// Parses a duration from 1ms to ten years: `500ms`, `5s`, `1.5m`, `1h`, `7d`.
  package init(text: String) throws(ParseError) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text.dropFirst(digits.count)
    guard let number = Double(digits), let unit = Self.units.first(where: { $0.name == name })?.milliseconds else {
      throw .malformed(text)
    }
    let milliseconds = number * Double(unit)
    guard milliseconds >= 1, milliseconds <= 3650 * 86_400_000 else { throw .outOfRange(text) }
    self = .milliseconds(Int(milliseconds.rounded()))
  }
}

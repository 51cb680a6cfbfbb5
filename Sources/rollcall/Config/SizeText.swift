/// Sizes as people write them: `64MiB`, `1.5GiB`.
enum SizeText {
  private static let units: [(name: String, bytes: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
  private static let range = 64.0 * 1024...1024.0 * 1_073_741_824

  /// Bytes. Throws `CommandError`.
  static func parse(_ text: String) throws -> Int {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text.dropFirst(digits.count)
    guard let number = Double(digits), let unit = units.first(where: { $0.name == name })?.bytes else {
      throw CommandError("\"\(text)\" is no size: write a number and a unit, such as 512KiB, 64MiB or 1GiB")
    }
    let bytes = number * Double(unit)
    guard range.contains(bytes) else {
      throw CommandError("\"\(text)\" is out of range: write a size from 64KiB to 1024GiB")
    }
    return Int(bytes.rounded())
  }
}

/// The width of text on a terminal, in cells, as `wcwidth` counts it: two cells for East Asian scripts and emoji, none
/// for a mark that combines with the character before it.
enum CellWidth {
  /// The width of a text without control characters.
  static func of(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    // Format characters have no width, except the soft hyphen.
    case .format: return scalar.value == 0xad ? 1 : 0
    default: break
    }
    // Vowels and final consonants of Hangul join the syllable before them.
    if (0x1160...0x11ff).contains(scalar.value) { return 0 }
    return isWide(scalar) ? 2 : 1
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    // The regional indicators, which form flags in pairs, are emoji but narrow.
    if (0x1f1e6...0x1f1ff).contains(scalar.value) { return false }
    return scalar.value >= 0x1100
      && (wide.contains { $0.contains(scalar.value) } || scalar.properties.isEmojiPresentation)
  }

  /// The wide and fullwidth ranges of Unicode's EastAsianWidth.txt, except the emoji.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115f, 0x2329...0x232a, 0x2e80...0x303e, 0x3041...0x3247, 0x3250...0x4dbf, 0x4e00...0xa4c6,
    0xa960...0xa97c, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6b, 0xff01...0xff60,
    0xffe0...0xffe6, 0x16fe0...0x1b2fb, 0x1f200...0x1f265, 0x20000...0x3fffd,
  ]
}

extension String {
  /// The text, filled with spaces up to a width in cells.
  func padded(_ width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - CellWidth.of(self)))
  }

  /// The text in at most `width` cells; a text that is too long loses its end.
  func cut(_ width: Int) -> String {
    guard CellWidth.of(self) > width else { return self }
    return width > 0 ? prefix(cells: width - 1) + "…" : ""
  }

  /// The text in at most `width` cells. A text that is too long loses its middle, because ids of models differ at their
  /// ends.
  func shortened(_ width: Int) -> String {
    guard CellWidth.of(self) > width, width > 2 else { return cut(width) }
    let tail = (width - 1) / 2
    let end = String(String(reversed()).prefix(cells: tail).reversed())
    return prefix(cells: width - 1 - CellWidth.of(end)) + "…" + end
  }

  /// The longest beginning of whole characters that fits.
  private func prefix(cells: Int) -> String {
    var out = ""
    var used = 0
    for character in self {
      used += CellWidth.of(String(character))
      guard used <= cells else { break }
      out.append(character)
    }
    return out
  }

  /// The text in lines of at most `width` cells, broken between words. A single word that is longer is cut.
  func wrapped(_ width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let line = lines.last, CellWidth.of(line) + 1 + CellWidth.of(String(word)) <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { $0.cut(width) }
  }
}

/// Text of an engine's own making as a terminal may show it: control characters, which could move the cursor or forge
/// lines, and those that turn the direction of what follows are replaced.
func shown(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: \.isHarmful) else { return text }
  var out = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    out.append(scalar.isHarmful ? "\u{FFFD}" : scalar)
  }
  return String(out)
}

extension Unicode.Scalar {
  fileprivate var isHarmful: Bool {
    switch value {
    case 0x20..<0x7f: false
    // Separators of lines; embeddings, overrides and isolates of the bidirectional algorithm.
    case 0x2028...0x202e, 0x2066...0x2069: true
    default: properties.generalCategory == .control
    }
  }
}

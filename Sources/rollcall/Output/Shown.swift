/// Text of an engine's own making as a terminal may show it: control characters, which could move the cursor or forge
/// lines, are replaced.
func shown(_ text: String) -> String {
  let isPlain = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  guard !isPlain else { return text }
  var out = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    out.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
  }
  return String(out)
}

/// The encoding of a body on the wire (RFC 9110 8.4.1).
package enum ContentCoding: Hashable, Sendable {
  case identity
  case gzip

  /// The coding that a client prefers, by its `Accept-Encoding` (RFC 9110 12.5.3): gzip where the client weighs it at
  /// least as high as identity. A client that accepts neither, or sends no such field, gets identity, which the RFC
  /// allows and every client understands.
  package init(acceptEncoding text: String?) {
    self = text.map(Self.preferred) ?? .identity
  }

  private static func preferred(_ text: String) -> ContentCoding {
    // These are weights in thousandths; nil when the field does not name the coding.
    var gzip: Int?
    var identity: Int?
    var others: Int?
    for element in text.utf8.split(separator: UInt8(ascii: ",")) {
      let parts = element.split(separator: UInt8(ascii: ";"), maxSplits: 1, omittingEmptySubsequences: false)
      let weight = parts.count > 1 ? Self.weight(trimmed(parts[1])) : 1000
      let name = trimmed(parts[0])
      // A malformed weight counts as 0.
      if isEqual(name, "gzip") || isEqual(name, "x-gzip") {
        gzip = max(gzip ?? 0, weight ?? 0)
      } else if isEqual(name, "identity") {
        identity = weight ?? 0
      } else if isEqual(name, "*") {
        others = weight ?? 0
      }
    }
    let wanted = gzip ?? others ?? 0
    // An identity that the field does not name is acceptable, but ranks below the named codings.
    return wanted > 0 && wanted >= identity ?? 0 ? .gzip : .identity
  }

  /// The weight of `q=0.5` in thousandths: one digit, and at most three after the point. nil when it is malformed.
  static func weight(_ text: Substring.UTF8View) -> Int? {
    let halves = text.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, isEqual(trimmed(halves[0]), "q") else { return nil }
    var digits = trimmed(halves[1])
    guard let whole = digits.popFirst(), whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1") else { return nil }
    if let point = digits.popFirst(), point != UInt8(ascii: ".") { return nil }
    guard digits.count <= 3 else { return nil }
    var weight = Int(whole - UInt8(ascii: "0")) * 1000
    var place = 100
    for digit in digits {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
      weight += Int(digit - UInt8(ascii: "0")) * place
      place /= 10
    }
    return weight <= 1000 ? weight : nil
  }

  static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var rest = text.drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest.removeLast() }
    return rest
  }

  /// Whether the text is `name`, ignoring the case of ASCII letters; `name` is in lower case.
  static func isEqual(_ text: Substring.UTF8View, _ name: StaticString) -> Bool {
    text.count == name.utf8CodeUnitCount
      && text.elementsEqual(name.description.utf8) { byte, other in
        (UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte) == other
      }
  }
}

/// Parses one line of the text format: Prometheus 0.0.4 and 1.0.0, and OpenMetrics 1.0.
struct SampleReader {
  struct Label {
    var name: Range<Int>
    /// The range between the quotes, including escapes.
    var value: Range<Int>
  }

  /// The labels of the last line.
  private(set) var labels: [Label] = []

  private static let labelLimit = 256

  /// Reads the rest of a line after its name. Returns the value; nil when the line is malformed.
  mutating func read(_ body: Span<UInt8>, _ rest: Range<Int>) -> Double? {
    labels.removeAll(keepingCapacity: true)
    var end = rest.upperBound
    if !rest.isEmpty, body[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    var index = skipBlanks(body, rest.lowerBound, end)
    if index < end, body[index] == UInt8(ascii: "{") {
      guard let after = readLabels(body, index + 1, end) else { return nil }
      index = skipBlanks(body, after, end)
    } else if index == rest.lowerBound {
      return nil
    }
    let valueEnd = skipToken(body, index, end)
    guard let value = decimal(body, index..<valueEnd) else { return nil }
    index = skipBlanks(body, valueEnd, end)
    // A timestamp may follow, and then an exemplar.
    if index < end, body[index] != UInt8(ascii: "#") {
      let timeEnd = skipToken(body, index, end)
      guard decimal(body, index..<timeEnd) != nil else { return nil }
      index = skipBlanks(body, timeEnd, end)
    }
    return index == end || body[index] == UInt8(ascii: "#") ? value : nil
  }

  /// The range of a label's value, including escapes; nil when the line does not have the label.
  func place(_ body: Span<UInt8>, _ name: [UInt8]) -> Range<Int>? {
    labels.first { equal(body, $0.name, name) }?.value
  }

  /// The hashes of the labels, which do not depend on their order.
  func seriesKey(_ body: Span<UInt8>, without name: [UInt8] = []) -> SeriesKey {
    var key = SeriesKey()
    for label in labels where !equal(body, label.name, name) {
      // FNV-1a over the name, a byte that no UTF-8 text contains, and the value.
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for index in label.name { hash = (hash ^ UInt64(body[index])) &* 0x0100_0000_01b3 }
      hash = (hash ^ 0xff) &* 0x0100_0000_01b3
      for index in label.value { hash = (hash ^ UInt64(body[index])) &* 0x0100_0000_01b3 }
      key.add((hash ^ hash >> 32) &* 0x9e37_79b9_7f4a_7c15, isCopyRank: isCopyRank(body, label.name))
    }
    return key
  }

  /// Reads the labels. Returns the index after the closing brace; nil when they are malformed.
  private mutating func readLabels(_ body: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var index = skipBlanks(body, start, end)
    while index < end, body[index] != UInt8(ascii: "}") {
      guard labels.count < Self.labelLimit else { return nil }
      var name = index..<index
      if body[index] == UInt8(ascii: "\"") {
        guard let close = closingQuote(body, index + 1, end) else { return nil }
        name = index + 1..<close
        index = close + 1
      } else {
        while index < end, isNameByte(body[index]) { index += 1 }
        name = name.lowerBound..<index
      }
      index = skipBlanks(body, index, end)
      guard !name.isEmpty, index < end, body[index] == UInt8(ascii: "=") else { return nil }
      index = skipBlanks(body, index + 1, end)
      guard index < end, body[index] == UInt8(ascii: "\""), let close = closingQuote(body, index + 1, end) else {
        return nil
      }
      labels.append(Label(name: name, value: index + 1..<close))
      index = skipBlanks(body, close + 1, end)
      guard index < end else { return nil }
      if body[index] == UInt8(ascii: ",") {
        index = skipBlanks(body, index + 1, end)
      } else if body[index] != UInt8(ascii: "}") {
        return nil
      }
    }
    return index < end ? index + 1 : nil
  }

  private func closingQuote(_ body: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
    var index = start
    while index < end, body[index] != UInt8(ascii: "\"") {
      index += body[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return index < end ? index : nil
  }

  private func skipBlanks(_ body: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end, isBlank(body[index]) { index += 1 }
    return index
  }

  private func skipToken(_ body: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
    var index = start
    while index < end, !isBlank(body[index]) { index += 1 }
    return index
  }
}

/// Whether a byte may be in the name of a metric or label: `[A-Za-z0-9_:]`.
func isNameByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
    true
  default: false
  }
}

/// The value of a label with its escapes resolved.
func labelText(_ body: Span<UInt8>, _ place: Range<Int>) -> String {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(place.count)
  var index = place.lowerBound
  while index < place.upperBound {
    var byte = body[index]
    if byte == UInt8(ascii: "\\"), index + 1 < place.upperBound {
      index += 1
      byte = body[index] == UInt8(ascii: "n") ? 0x0a : body[index]
    }
    bytes.append(byte)
    index += 1
  }
  return String(decoding: bytes, as: UTF8.self)
}

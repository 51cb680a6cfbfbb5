import HTTP

/// A body that is a JSON object with a long array at its end, encoded while it is sent: it does not hold up the event
/// loop, and is never there as a whole.
final class JSONListSource<Element>: BodySource {
  private static var chunk: Int { 65_536 }

  private let opening: [UInt8]
  private var elements: ArraySlice<Element>
  private var isFirst = true
  private let encode: (Element) -> [UInt8]

  /// `opening` ends with the array's bracket.
  init(opening: [UInt8], _ elements: ArraySlice<Element>, encode: @escaping (Element) -> [UInt8]) {
    self.opening = opening
    self.elements = elements
    self.encode = encode
  }

  func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
    var bytes = isFirst ? opening : []
    while bytes.count < Self.chunk, let element = elements.popFirst() {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      bytes.append(contentsOf: encode(element))
      isFirst = false
    }
    isFirst = false
    if elements.isEmpty { bytes.append(contentsOf: "]}".utf8) }
    out.append(bytes[...])
    return elements.isEmpty ? .end : .more
  }

  func closed() {
    elements = []
  }
}

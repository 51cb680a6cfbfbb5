package import HTTP2

extension Metadata {
  /// The custom metadata of a header block, without pseudo-header fields and reserved fields, and with `-bin` values
  /// decoded. nil when a `-bin` value is not base64.
  package init?(_ block: HeaderBlock) {
    self.init()
    for index in 0..<block.count {
      let text = block.name(at: index)
      guard !Metadata.isReserved(Array(text.utf8)[...]) else { continue }
      let value = block.value(at: index)
      guard text.hasSuffix("-bin") else {
        append(text, String(decoding: value, as: UTF8.self))
        continue
      }
      // A sender may join the values of one name by commas.
      for part in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        guard let bytes = Base64.decode(part.filter { $0 != UInt8(ascii: " ") }) else { return nil }
        append(text, binary: bytes)
      }
    }
  }

  /// Whether every `-bin` value of a header block is base64.
  package static func isReadable(_ block: HeaderBlock) -> Bool {
    !block.hasBinary || Metadata(block) != nil
  }

  /// The metadata as header fields, without the entries that HTTP/2 or gRPC would refuse.
  package var fields: [(name: String, value: String)] {
    entries.compactMap { entry in
      let name = Array(entry.name.utf8)
      guard !name.isEmpty, !Metadata.isReserved(name[...]), name.allSatisfy(Metadata.isNameByte) else { return nil }
      if entry.name.hasSuffix("-bin") { return (entry.name, Base64.encode(entry.value)) }
      guard entry.value.allSatisfy({ (0x20...0x7e).contains($0) }) else { return nil }
      return (entry.name, String(decoding: entry.value, as: UTF8.self))
    }
  }

  private static let reserved = ["content-type", "te", "host", "connection", "transfer-encoding", "content-length"]
    .map { Array($0.utf8) }

  private static func isReserved(_ name: ArraySlice<UInt8>) -> Bool {
    name.first == UInt8(ascii: ":") || name.starts(with: "grpc-".utf8) || reserved.contains { name.elementsEqual($0) }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
  }
}

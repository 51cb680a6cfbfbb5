/// The header of the PROXY protocol, with which a proxy begins a connection to name its client: version 1 (text) or
/// version 2 (binary), by HAProxy's `doc/proxy-protocol.txt`. A value without I/O.
package struct ProxyHeader: Hashable, Sendable {
  /// The client's end of the connection that the proxy took.
  package struct Client: Hashable, Sendable {
    /// An address of IPv4 or IPv6, as text.
    package var address: String
    package var port: Int

    package init(address: String, port: Int) {
      (self.address, self.port) = (address, port)
    }
  }

  /// The result of reading the first bytes of a connection.
  package enum Reading: Hashable, Sendable {
    /// The bytes may be the beginning of a header.
    case incomplete
    /// The bytes are no header, for this reason.
    case invalid(String)
    /// The header, and the number of bytes that it takes.
    case header(ProxyHeader, length: Int)
  }

  /// The client; nil: the header has no address of TCP (`UNKNOWN`, `UNSPEC`, a Unix socket), or the proxy speaks for
  /// itself (`LOCAL`).
  package var client: Client?

  package init(client: Client?) {
    self.client = client
  }

  /// The longest header of version 1 in bytes, with its line end.
  package static let textLimit = 107
  /// The longest header of version 2 in bytes, with all that a proxy adds.
  package static let binaryLimit = 4_096

  private static let textStart = Array("PROXY ".utf8)
  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

  /// Reads a header from the first bytes of a connection; more bytes than the header's do not matter.
  package static func read(_ bytes: some RandomAccessCollection<UInt8>) -> Reading {
    if signature.starts(with: bytes.prefix(signature.count)) { return readBinary(Array(bytes.prefix(binaryLimit))) }
    if textStart.starts(with: bytes.prefix(textStart.count)) { return readText(Array(bytes.prefix(textLimit))) }
    return .invalid("the connection does not begin with one")
  }

  // MARK: Version 1

  private static func readText(_ bytes: [UInt8]) -> Reading {
    guard let end = bytes.firstIndex(of: 10) else {
      return bytes.count < textLimit ? .incomplete : .invalid("a line of version 1 has more than 107 bytes")
    }
    guard bytes[end - 1] == 13 else { return .invalid("a line of version 1 ends without CR") }
    let line = bytes[..<(end - 1)]
    guard line.allSatisfy({ (32...126).contains($0) }) else { return .invalid("a line of version 1 is not text") }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    let length = end + 1
    switch words[1] {
    case "UNKNOWN": return .header(ProxyHeader(client: nil), length: length)
    case "TCP4", "TCP6":
      let isLong = words[1] == "TCP6"
      guard words.count == 6 else { return .invalid("a line of version 1 has not four values behind its protocol") }
      guard words[2...3].allSatisfy({ $0.contains(":") == isLong && AddressRange.isAddress($0) }) else {
        return .invalid("a line of version 1 has no two addresses of its protocol")
      }
      guard let port = port(words[4]), Self.port(words[5]) != nil else {
        return .invalid("a line of version 1 has no two ports")
      }
      return .header(ProxyHeader(client: Client(address: String(words[2]), port: port)), length: length)
    default: return .invalid("a line of version 1 has an unknown protocol")
    }
  }

  private static func port(_ text: Substring) -> Int? {
    guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }),
      text == "0" || text.utf8.first != 48, let port = Int(text), port <= 65_535
    else { return nil }
    return port
  }

  // MARK: Version 2

  private static func readBinary(_ bytes: [UInt8]) -> Reading {
    guard bytes.count >= 16 else { return checked(bytes) ?? .incomplete }
    if let wrong = checked(bytes) { return wrong }
    let rest = Int(bytes[14]) << 8 | Int(bytes[15])
    let length = 16 + rest
    guard length <= binaryLimit else { return .invalid("a header of version 2 has more than 4,096 bytes") }
    let (family, kind) = (bytes[13] >> 4, bytes[13] & 0xf)
    let isLocal = bytes[12] & 0xf == 0
    let needed = isLocal ? 0 : [0, 12, 36, 216][Int(family)]
    guard rest >= needed else { return .invalid("a header of version 2 is too short for its addresses") }
    guard bytes.count >= length else { return .incomplete }
    // The rest behind the addresses is more about the connection (TLVs), which nothing here needs.
    let addresses = bytes[16..<(16 + needed)]
    guard !isLocal, kind == 1 else { return .header(ProxyHeader(client: nil), length: length) }
    switch family {
    case 1:
      let client = Client(
        address: addresses.prefix(4).map { String($0) }.joined(separator: "."), port: number(addresses.dropFirst(8)))
      return .header(ProxyHeader(client: client), length: length)
    case 2:
      let groups = stride(from: 16, to: 32, by: 2).map { String(number(addresses[$0...]), radix: 16) }
      let client = Client(address: groups.joined(separator: ":"), port: number(addresses.dropFirst(32)))
      return .header(ProxyHeader(client: client), length: length)
    default: return .header(ProxyHeader(client: nil), length: length)
    }
  }

  /// The reason that the version, the command, the family or the transport is none; nil while they may be right.
  private static func checked(_ bytes: [UInt8]) -> Reading? {
    guard bytes.count > 12 else { return nil }
    guard bytes[12] >> 4 == 2, bytes[12] & 0xf <= 1 else {
      return .invalid("a binary header has an unknown version or command")
    }
    guard bytes.count > 13 else { return nil }
    guard bytes[13] >> 4 <= 3, bytes[13] & 0xf <= 2 else {
      return .invalid("a header of version 2 has an unknown family or transport")
    }
    return nil
  }

  /// The number of the first two bytes.
  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(bytes[bytes.startIndex]) << 8 | Int(bytes[bytes.startIndex + 1])
  }
}

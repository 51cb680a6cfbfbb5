import HTTP
import Testing

/// PROXY headers, of both versions.
@Suite struct ProxyHeaderTests {
  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

  private static func binary(_ command: UInt8 = 0x21, _ family: UInt8 = 0x11, _ rest: [UInt8]) -> [UInt8] {
    signature + [command, family, UInt8(rest.count >> 8), UInt8(rest.count & 0xff)] + rest
  }

  private static let short: [UInt8] = [10, 1, 2, 3, 192, 0, 2, 1, 0x30, 0x39, 0x1f, 0x90]
  private static let long: [UInt8] =
    [0x20, 1, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 11) + [7] + [UInt8](repeating: 9, count: 16) + [0, 80, 1, 187]

  private static func header(_ address: String?, _ port: Int = 0, _ length: Int) -> ProxyHeader.Reading {
    .header(ProxyHeader(client: address.map { ProxyHeader.Client(address: $0, port: port) }), length: length)
  }

  @Test(arguments: [
    ("PROXY TCP4 10.1.2.3 192.0.2.1 12345 8080\r\n", "10.1.2.3", 12_345),
    ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255", 65_535),
    ("PROXY TCP6 2001:db8::7 ::1 80 443\r\n", "2001:db8::7", 80),
    ("PROXY TCP6 ::ffff:10.0.0.1 ::1 0 0\r\n", "::ffff:10.0.0.1", 0),
  ])
  func `a line of version 1 tells the client's address`(line: String, address: String, port: Int) {
    let bytes = Array(line.utf8)
    #expect(ProxyHeader.read(bytes) == Self.header(address, port, bytes.count))
    // What follows is the client's.
    #expect(ProxyHeader.read(bytes + Array("GET / HTTP/1.1\r\n".utf8)) == Self.header(address, port, bytes.count))
  }

  @Test(arguments: ["PROXY UNKNOWN\r\n", "PROXY UNKNOWN ff:f:f::f ff:f:f::f 65535 65535\r\n", "PROXY UNKNOWN x  y\r\n"])
  func `a line of version 1 may tell no address`(line: String) {
    #expect(ProxyHeader.read(Array(line.utf8)) == Self.header(nil, 0, line.utf8.count))
  }

  @Test func `a header of version 2 tells the client's address, and what it adds is skipped`() {
    for more in [[], [4, 0, 2, 65, 66], [UInt8](repeating: 1, count: 4_096 - 28)] {
      let bytes = Self.binary(0x21, 0x11, Self.short + more)
      #expect(ProxyHeader.read(bytes) == Self.header("10.1.2.3", 12_345, bytes.count))
      #expect(ProxyHeader.read(bytes + [80, 82, 73]) == Self.header("10.1.2.3", 12_345, bytes.count))
    }
    let bytes = Self.binary(0x21, 0x21, Self.long + [4, 0, 0])
    #expect(ProxyHeader.read(bytes) == Self.header("2001:db8:0:0:0:0:0:7", 80, bytes.count))
  }

  @Test func `a header of version 2 may tell no address of TCP`() {
    let unix = [UInt8](repeating: 47, count: 216)
    for bytes in [
      Self.binary(0x20, 0x00, []), Self.binary(0x20, 0x11, [1, 2, 3]), Self.binary(0x20, 0x11, Self.short),
      Self.binary(0x21, 0x00, []), Self.binary(0x21, 0x00, [1, 2, 3]), Self.binary(0x21, 0x31, unix),
      Self.binary(0x21, 0x12, Self.short), Self.binary(0x21, 0x22, Self.long), Self.binary(0x21, 0x10, Self.short),
    ] {
      #expect(ProxyHeader.read(bytes) == Self.header(nil, 0, bytes.count))
    }
  }

  @Test func `a header that has not arrived whole is incomplete, whatever comes first`() {
    let headers =
      ["PROXY TCP4 10.1.2.3 192.0.2.1 12345 8080\r\n", "PROXY UNKNOWN\r\n", "PROXY TCP6 2001:db8::7 ::1 80 443\r\n"]
      .map { Array($0.utf8) } + [
        Self.binary(0x21, 0x11, Self.short + [4, 0, 2, 65, 66]), Self.binary(0x21, 0x21, Self.long),
        Self.binary(0x20, 0x00, []),
      ]
    for bytes in headers {
      for count in 0..<bytes.count { #expect(ProxyHeader.read(bytes.prefix(count)) == .incomplete) }
      guard case .header(_, bytes.count) = ProxyHeader.read(bytes) else {
        Issue.record("a whole header is not read")
        continue
      }
    }
  }

  @Test(arguments: [
    "GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "proxy TCP4 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY\r\n", " PROXY UNKNOWN\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 1 1\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n",
    "PROXY TCP4  1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 1 \r\n", "PROXY TCP4 1.2.3 1.2.3.4 1 1\r\n",
    "PROXY TCP4 01.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP4 1.2.3.256 1.2.3.4 1 1\r\n", "PROXY TCP4 ::1 ::1 1 1\r\n",
    "PROXY TCP6 1.2.3.4 1.2.3.4 1 1\r\n", "PROXY TCP6 ::1%lo ::1 1 1\r\n", "PROXY TCP6 ::1/64 ::1 1 1\r\n",
    "PROXY TCP6 :::1 ::1 1 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 -1\r\n",
    "PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 1\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n",
    "PROXY \r\n", "PROXY UNKNOWN\0\r\n", "PROXY UNKNOWN \u{e9}\r\n", "\r\n\r\n\0\r\nQUITS",
  ])
  func `bytes that are no header are invalid`(text: String) {
    guard case .invalid = ProxyHeader.read(Array(text.utf8)) else {
      Issue.record("\(text) is no header")
      return
    }
  }

  @Test func `a header of version 2 that is wrong is invalid as soon as that shows`() {
    for (start, rest) in [
      ([0x11], []), ([0x31], []), ([0x22], []), ([0x2f], []), ([0x21, 0x41], []), ([0x21, 0x13], []),
      ([0x20, 0xff], []),
      ([0x21, 0x11, 0, 11], []), ([0x21, 0x21, 0, 35], []), ([0x21, 0x31, 0, 215], []), ([0x21, 0x11, 0x0f, 0xf1], []),
      ([0x21, 0x11, 0xff, 0xff], Self.short), ([0x20, 0x00, 0x10, 0x00], []),
    ] as [([UInt8], [UInt8])] {
      guard case .invalid = ProxyHeader.read(Self.signature + start + rest) else {
        Issue.record("\(start) is no header")
        continue
      }
    }
  }

  @Test func `a line of version 1 has at most 107 bytes`() {
    let most = "PROXY UNKNOWN " + String(repeating: "x", count: 107 - 16) + "\r\n"
    #expect(ProxyHeader.read(Array(most.utf8)) == Self.header(nil, 0, 107))
    let longer = "PROXY UNKNOWN " + String(repeating: "x", count: 108 - 16) + "\r\n"
    for text in [longer, String(longer.prefix(107))] {
      #expect(ProxyHeader.read(Array(text.utf8)) == .invalid("a line of version 1 has more than 107 bytes"))
    }
  }

  @Test func `random bytes behind the start of a header end in a reading`() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = Bool.random(using: &random) ? Self.signature : Array("PROXY ".utf8)
      if bytes.count == 12, Bool.random(using: &random) { bytes += [0x21, [0x11, 0x21, 0x31].randomElement()!, 0] }
      for _ in 0..<Int.random(in: 0...60, using: &random) { bytes.append(UInt8.random(in: 0...255, using: &random)) }
      switch ProxyHeader.read(bytes) {
      case .header(let header, let length):
        #expect(length <= bytes.count && ProxyHeader.read(bytes.prefix(length)) == .header(header, length: length))
      case .incomplete: #expect(bytes.count < 4_096)
      case .invalid(let reason):
        // More bytes make no header of it.
        #expect(ProxyHeader.read(bytes + [1, 13, 10]) == .invalid(reason))
      }
    }
  }
}

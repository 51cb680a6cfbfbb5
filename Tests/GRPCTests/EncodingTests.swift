import GRPC
import Testing

@Suite struct EncodingTests {
  @Test(arguments: [
    ("", ""), ("plain text", "plain text"), ("100%", "100%25"), ("ü", "%C3%BC"), ("a\nb", "a%0Ab"),
    (" a b ", "%20a b%20"), (" ", "%20"),
  ])
  func `a status message is percent-encoded and decoded again`(text: String, encoded: String) {
    #expect(StatusMessageCoding.encode(text) == encoded)
    #expect(StatusMessageCoding.decode(encoded.utf8) == text)
  }

  @Test(
    arguments: ["x", "\u{e9}", "\u{1F600}", "%", " ", "\n", "a\u{20AC}%"],
    [0, 1, 1_000, 1_024, 1_025, 2_048, 100_000])
  func `a message of any length fits into the head, cut between characters`(character: String, count: Int) {
    let text = String(repeating: character, count: count)
    let encoded = StatusMessageCoding.encode(text)
    #expect(encoded.utf8.count <= StatusMessageCoding.encodedLimit)
    let decoded = StatusMessageCoding.decode(encoded.utf8)
    #expect(decoded.utf8.count <= StatusMessageCoding.messageLimit)
    #expect(!decoded.contains("\u{FFFD}"))
    if decoded != text {
      #expect(decoded.last == "\u{2026}" && text.hasPrefix(decoded.dropLast()))
      // A message is cut no shorter than it has to be.
      #expect(decoded.utf8.count > 1_014 || encoded.utf8.count > 2_030)
    } else {
      #expect(text.utf8.count <= StatusMessageCoding.messageLimit)
    }
  }

  @Test func `details that are too long for clients go, and the status stays`() {
    let message = String(repeating: "\u{e9}", count: 100_000)
    let fits = Status(.notFound, message, details: [UInt8](repeating: 7, count: Status.detailsLimit)).fields()
    #expect(fits.map(\.name) == ["grpc-status", "grpc-message", "grpc-status-details-bin"])
    #expect(fits.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 } < 7_000)
    let over = Status(.notFound, message, details: [UInt8](repeating: 7, count: Status.detailsLimit + 1)).fields()
    #expect(over.map(\.name) == ["grpc-status", "grpc-message"])
  }

  @Test(arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("a%41", "aA"), ("%ff", "\u{FFFD}")])
  func `broken escapes are kept, and broken text is replaced`(encoded: String, text: String) {
    #expect(StatusMessageCoding.decode(encoded.utf8) == text)
  }

  @Test(
    arguments: [
      ([], ""), ([0], "AA"), ([0, 1], "AAE"), ([0, 1, 2], "AAEC"), ([255, 254, 253, 252], "//79/A"),
    ] as [([UInt8], String)])
  func `bytes become base64 without padding, and are decoded with or without it`(bytes: [UInt8], text: String) {
    #expect(Base64.encode(bytes) == text)
    #expect(Base64.decode(text.utf8) == bytes)
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    #expect(Base64.decode((text + padding).utf8) == bytes)
  }

  @Test(arguments: ["A", "AAAAA", "A=", "====", "AA!A", "ü"])
  func `text that is not base64 is refused`(text: String) {
    #expect(Base64.decode(text.utf8) == nil)
  }

  @Test(
    arguments: [
      ("1n", .nanoseconds(1)), ("20u", .microseconds(20)), ("300m", .milliseconds(300)), ("4S", .seconds(4)),
      ("5M", .seconds(300)), ("6H", .seconds(21_600)), ("99999999H", .seconds(359_999_996_400)), ("0S", .zero),
    ] as [(String, Duration)])
  func `a timeout is parsed`(text: String, duration: Duration) {
    #expect(Timeout.parse(Array(text.utf8)) == duration)
  }

  @Test(arguments: ["", "S", "1", "-1S", "1.5S", "123456789S", "1s", "1 S", "S1"])
  func `a malformed timeout is refused`(text: String) {
    #expect(Timeout.parse(Array(text.utf8)) == nil)
  }

  @Test(
    arguments: [
      .nanoseconds(5), .microseconds(250), .milliseconds(1_500), .seconds(30), .seconds(5_000), .seconds(1_000_000),
      .seconds(200_000_000), .zero, .seconds(-1),
    ] as [Duration])
  func `a sent timeout is never longer than requested, and has at most eight digits`(duration: Duration) throws {
    let text = Timeout.format(duration)
    let sent = try #require(Timeout.parse(Array(text.utf8)))
    #expect(sent <= max(duration, .nanoseconds(1)))
    #expect(text.utf8.count <= 9)
    if duration > .zero { #expect(sent > duration / 2) }
  }
}

@Suite struct MessageFrameTests {
  @Test func `frames are found one after the other`() {
    let bytes = framed([1, 2, 3]) + framed([]) + framed([4])
    #expect(MessageFrame.next(in: bytes, from: 0, limit: 10) == .message(5..<8))
    #expect(MessageFrame.next(in: bytes, from: 8, limit: 10) == .message(13..<13))
    #expect(MessageFrame.next(in: bytes, from: 13, limit: 10) == .message(18..<19))
    #expect(MessageFrame.next(in: bytes, from: 19, limit: 10) == .incomplete(needed: 5))
  }

  @Test func `every cut of a frame is incomplete`() {
    let bytes = framed([UInt8](repeating: 7, count: 20))
    for count in 0..<25 {
      let needed = count < 5 ? 5 : 25
      #expect(MessageFrame.next(in: Array(bytes[..<count]), from: 0, limit: 20) == .incomplete(needed: needed))
    }
  }

  @Test func `a compressed frame is found in a call with an encoding, beside plain ones`() {
    let bytes = framed([1, 2]) + [1, 0, 0, 0, 3, 7, 8, 9] + [1, 0, 0, 0, 0]
    #expect(MessageFrame.next(in: bytes, from: 0, limit: 10, encoding: .gzip) == .message(5..<7))
    #expect(MessageFrame.next(in: bytes, from: 7, limit: 10, encoding: .gzip) == .compressed(12..<15))
    #expect(MessageFrame.next(in: bytes, from: 15, limit: 10, encoding: .gzip) == .compressed(20..<20))
    let part = Array(bytes.prefix(14))
    #expect(MessageFrame.next(in: part, from: 7, limit: 10, encoding: .gzip) == .incomplete(needed: 8))
    #expect(MessageFrame.next(in: [1, 0, 0], from: 0, limit: 10, encoding: .gzip) == .incomplete(needed: 5))
  }

  @Test(
    arguments: [
      ([1, 0, 0, 0, 21], MessageEncoding.gzip, Status.Code.resourceExhausted), ([2, 0, 0, 0, 1], .gzip, .internal),
      ([255, 0, 0, 0, 1], .gzip, .internal), ([1, 0, 0, 0, 0], .identity, .internal),
    ] as [([UInt8], MessageEncoding, Status.Code)])
  func `a frame with a flag that the encoding does not allow fails, and a frame that is too large`(
    bytes: [UInt8], encoding: MessageEncoding, code: Status.Code
  ) {
    guard case .failed(let status) = MessageFrame.next(in: bytes, from: 0, limit: 20, encoding: encoding) else {
      Issue.record("it did not fail")
      return
    }
    #expect(status.code == code)
    if code == .internal { #expect(status.message.contains("compressed flag")) }
  }

  @Test(
    arguments: [
      ([0, 0, 0, 0, 21], Status.Code.resourceExhausted), ([0, 255, 255, 255, 255], .resourceExhausted),
      ([1, 0, 0, 0, 1], .internal), ([2, 0, 0, 0, 1], .internal),
    ] as [([UInt8], Status.Code)])
  func `a frame that is too large, compressed or broken fails`(bytes: [UInt8], code: Status.Code) {
    guard case .failed(let status) = MessageFrame.next(in: bytes, from: 0, limit: 20) else {
      Issue.record("it did not fail")
      return
    }
    #expect(status.code == code)
  }
}

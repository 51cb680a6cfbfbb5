import HTTP
import HTTPTypes
import NIOCore
import Testing

@testable import Transport

@Suite struct HTTP1ParserTests {
  /// All that a parser makes of bytes that come in pieces, with each body as one text.
  private func parse(_ text: String, sizes: [Int] = [.max], limits: (Int, Int, Int) = (16_384, 256, 1_000)) -> String {
    var parser = HTTP1Parser(maxHeadSize: limits.0, maxFieldCount: limits.1, maxBodySize: limits.2)
    var (result, body, rest) = ("", "", Array(text.utf8)[...])
    var (input, piece) = (ByteBuffer(), 0)
    while !rest.isEmpty {
      let size = sizes[min(piece, sizes.count - 1)]
      input.writeBytes(rest.prefix(size))
      rest = rest.dropFirst(size)
      piece += 1
      while let event = parser.next(&input) {
        switch event {
        case .head(let head):
          result += "\(head.method) \(head.target)\(head.isOld ? " old" : "") x=\(head.value(of: "x") ?? "-");"
          do {
            parser.receiveBody(try HTTP1Admission(head, bodyLimit: limits.2).framing)
          } catch {
            return result + "\(error.problem.status.code)"
          }
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
          result += "\(body.isEmpty ? "" : body + ";")end;"
          body = ""
        case .refusal(let refusal): return result + "\(refusal.problem.status.code)"
        }
      }
    }
    return result + (input.readableBytes > 0 ? "unread" : "")
  }

  private static let valid: [(String, String)] = [
    ("GET /a HTTP/1.1\r\nHost: h\r\nX:  b c \t\r\nx:d\r\n\r\n", "GET /a x=b c, d;end;"),
    ("\r\nGET /a?b HTTP/1.0\r\n\r\n", "GET /a?b old x=-;end;"),
    (
      "POST / HTTP/1.1\r\nhost:\r\ncontent-length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nhost: h:1\r\nx:\r\n\r\n",
      "POST / x=-;abc;end;GET /b x=;end;"
    ),
    (
      "PUT / HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0A;x=\"y\"\r\n0123456789\r\n000\r\nt: u\r\n\r\n"
        + "GET / HTTP/1.1\r\nhost: [::1]:80\r\n\r\n", "PUT / x=-;ab0123456789;end;GET / x=-;end;"
    ),
    ("GET /\u{fc} HTTP/1.1\r\nhost: h\r\nx: \u{fc}\r\n\r\n", "GET /\u{fc} x=\u{fc};end;"),
    ("BREW / HTTP/1.7\r\nhost: h\r\ncontent-length: 0\r\n\r\n", "BREW / x=-;end;"),
    (
      "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n"
        + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n", "GET / x=-;end;GET /b x=-;end;"
    ),
  ]

  private static let broken: [String] = [
    "\n", "\r\r\n", "\u{0}", "\u{16}\u{3}\u{1}", "GET\r\n", "GET /\r\n", "GET  / HTTP/1.1\r\n", "GET / HTTP/1.1 \r\n",
    " GET / HTTP/1.1\r\n", "GET / HTTP/2.0\r\n", "GET / http/1.1\r\n", "GET / HTTP/1.10\r\n", "GET /\tb HTTP/1.1\r\n",
    "GET / b HTTP/1.1\r\n", "G(T / HTTP/1.1\r\n", "GET / HTTP/1.1\n", "GET /a\u{7f} HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\nhost : h\r\n", "GET / HTTP/1.1\r\n host: h\r\n", "GET / HTTP/1.1\r\nx: a\r\n b\r\n",
    "GET / HTTP/1.1\r\n: h\r\n", "GET / HTTP/1.1\r\nhost\r\n", "GET / HTTP/1.1\r\nx: a\u{0}b\r\n",
    "GET / HTTP/1.1\r\nx: a\rb\r\n", "GET / HTTP/1.1\r\nx: a\n", "GET / HTTP/1.1\r\nx\u{fc}: a\r\n",
    "\r\n\r\n\r\n", "GET / HTTP/1.1\r\nhost: h\r\n\n",
  ]

  private static let chunked = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
  private static let brokenChunks = [
    "\r\n", "x\r\n", "-1\r\n", "+1\r\n", "0x1\r\n", " 1\r\n", "1 \r\n", "1\n", "1\r\nab", "1\r\na\n", "1\r\na\rb",
    "1;a\n",
    "00000000000000001\r\n", "0\r\nx\r\n", "0\r\n x: y\r\n", "0\r\nx y: z\r\n", "1\r\na\r\n\r\n",
  ]

  @Test(arguments: valid)
  func `requests are parsed the same however their bytes are cut`(text: String, result: String) {
    #expect(parse(text) == result)
    #expect(parse(text, sizes: [1]) == result)
    for cut in 1..<text.utf8.count { #expect(parse(text, sizes: [cut, .max]) == result, "cut at \(cut)") }
  }

  @Test(arguments: broken)
  func `bytes that are no request are 400 as soon as it shows`(text: String) {
    #expect(parse(text) == "400")
    #expect(parse(text, sizes: [1]) == "400")
  }

  @Test(arguments: brokenChunks)
  func `chunks that two parties could read in two ways are 400`(text: String) {
    for sizes in [[Int.max], [1]] {
      let result = parse(Self.chunked + text, sizes: sizes)
      #expect(result.hasPrefix("POST / x=-;") && result.hasSuffix(";400"))
    }
  }

  @Test func `a head is refused when it passes the limit, and no byte later`() {
    let line = "GET / HTTP/1.1\r\n"
    let whole = line + "host: h\r\n" + "x: " + String(repeating: "y", count: 100 - 16 - 9 - 3 - 4) + "\r\n\r\n"
    for sizes in [[Int.max], [1], [50, 1]] {
      #expect(parse(whole, sizes: sizes, limits: (100, 9, 9)).hasSuffix(";end;"))
      #expect(
        parse(String(decoding: whole.utf8.dropLast(2), as: UTF8.self) + "z", sizes: sizes, limits: (98, 9, 9)) == "431")
      #expect(parse(whole, sizes: sizes, limits: (99, 9, 9)) == "431")
    }
  }

  @Test func `a long request line is 414, before it ends`() {
    for sizes in [[Int.max], [1]] {
      #expect(parse("GET /" + String(repeating: "a", count: 96), sizes: sizes, limits: (100, 9, 9)) == "414")
      #expect(parse("GET /" + String(repeating: "a", count: 95), sizes: sizes, limits: (100, 9, 9)).isEmpty)
    }
  }

  @Test func `fields beyond the limit are 431, trailers too`() {
    let head = "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n"
    #expect(parse(head + "x: 1\r\nx: 2\r\n", limits: (9_999, 3, 9)) == "431")
    #expect(parse(head + "x: 1\r\n\r\n0\r\n\r\n", limits: (9_999, 3, 9)) == "POST / x=1;end;")
    #expect(parse(head + "x: 1\r\n\r\n0\r\ny: 1\r\n", limits: (9_999, 3, 9)) == "POST / x=1;431")
  }

  @Test func `a chunk that passes the limit of the body is 413 before it comes`() {
    let text = Self.chunked + "5\r\nabcde\r\n"
    #expect(parse(text + "5\r\n01234\r\n0\r\n\r\n", limits: (999, 9, 10)) == "POST / x=-;abcde01234;end;")
    #expect(parse(text + "6\r\n", limits: (999, 9, 10)) == "POST / x=-;413")
    #expect(parse(text + "FFFFFFFFFFFFFFFF\r\n", limits: (999, 9, 10)) == "POST / x=-;413")
  }

  @Test func `chunk extensions and trailers have the limit of a head`() {
    let piece = "1;" + String(repeating: "x", count: 40) + "\r\na\r\n"
    #expect(parse(Self.chunked + piece + piece + "0\r\n\r\n", limits: (100, 9, 9)) == "POST / x=-;aa;end;")
    #expect(parse(Self.chunked + piece + piece + piece, limits: (100, 9, 9)) == "POST / x=-;431")
    let trailer = "x: " + String(repeating: "x", count: 60) + "\r\n"
    #expect(parse(Self.chunked + "0\r\n" + trailer + trailer, sizes: [1], limits: (100, 9, 9)) == "POST / x=-;431")
  }
}

import Catalog
import Testing

@testable import Fleet
@testable import Probing

@Suite("Answers as servers and proxies send them")
struct OddAnswerTests {
  static let list = #"{"data":[{"id":"m"}]}"#
  /// The list as gzip.
  static let compressed: [UInt8] = [
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x49, 0x2c, 0x49, 0x54, 0xb2,
    0x8a, 0xae, 0x56, 0xca, 0x4c, 0x51, 0xb2, 0x52, 0xca, 0x55, 0xaa, 0x8d, 0xad, 0x05, 0x00, 0x4d, 0x41, 0x7e,
    0x16, 0x15, 0x00, 0x00, 0x00,
  ]

  /// The outcome of a probe of a server with such a list, and its URL.
  static func probe(_ list: RawServer.Script) async throws -> (outcome: ProbeOutcome, url: String) {
    let server = try await RawServer.start(["/v1/models": list])
    let prober = HTTPProber()
    let outcome = await prober.probe(ProbeRequest(spec: try EngineSpec(url: server.url), timeout: .seconds(60)))
    await prober.shutdown()
    try await server.stop()
    return (outcome, server.url)
  }

  @Test(arguments: [
    "content-length: 21\r\ncontent-length: 21\r\n", "Content-Length: 21\r\nserver: x\r\nCONTENT-LENGTH:21\r\n",
    "content-length: 21, 21\r\n", "content-length: 21\r\n",
  ])
  func `a length that is there twice is one`(lengths: String) async throws {
    for interim in ["", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"] {
      let answer = "\(interim)HTTP/1.1 200 OK\r\n\(lengths)x: y\r\n\r\n\(Self.list)"
      let (outcome, _) = try await Self.probe(.answer(answer))
      #expect(outcome.report?.models.map(\.facts.modelID) == ["m"], "\(outcome)")
    }
  }

  @Test(arguments: ["content-length: 21\r\ncontent-length: 20\r\n", "content-length: 21, 20\r\n"])
  func `two lengths are no HTTP`(lengths: String) async throws {
    let (outcome, url) = try await Self.probe(.answer("HTTP/1.1 200 OK\r\n\(lengths)\r\n\(Self.list)"))
    #expect(outcome == .broken("GET \(url)/v1/models: the answer is not HTTP"))
  }

  @Test func `a head without end is no HTTP`() async throws {
    let line = "x: \(String(repeating: "y", count: 1_000))\r\n"
    let (outcome, url) = try await Self.probe(.bytes("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 200)))
    #expect(outcome == .broken("GET \(url)/v1/models: the answer is not HTTP"))
  }

  @Test func `gzip that nobody asked for is read`() async throws {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: \(Self.compressed.count)\r\n\r\n"
    let (outcome, _) = try await Self.probe(.raw(head, Self.compressed))
    #expect(outcome.report?.models.map(\.facts.modelID) == ["m"])
    // It is cut, and says that it is whole.
    let short = Array(Self.compressed.dropLast(6))
    let cut = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: \(short.count)\r\n\r\n"
    let (broken, url) = try await Self.probe(.raw(cut, short))
    #expect(broken == .broken("GET \(url)/v1/models: the answer is truncated"))
  }

  @Test func `a byte order mark and NaN are no fault of a list`() async throws {
    let body = "\u{FEFF}{\"data\":[{\"id\":\"m\",\"created\":NaN}]}"
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
    #expect(try await Self.probe(.answer(answer)).outcome.report?.models.count == 1)
  }
}

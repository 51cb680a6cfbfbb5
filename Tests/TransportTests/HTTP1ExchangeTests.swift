import HTTP
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

/// Whole connections over HTTP/1.1: which answers a client gets to its bytes, and when the connection ends.
@Suite struct HTTP1ExchangeTests {
  private static let next = "GET /next HTTP/1.1\r\nhost: x\r\n\r\n"
  private static let upgrade = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQ\r\n"

  /// The statuses of the answers; "end" behind them when the server ended the connection.
  private func statuses(
    _ text: String, size: Int = .max, ends: Bool = false, methods: [String] = [],
    _ configure: (inout Limits) -> Void = { _ in }
  ) throws -> String {
    let exchange = try EmbeddedExchange(configure)
    try exchange.send(text, size: size)
    if ends { try exchange.endInput() }
    let answers = exchange.answers(methods: methods)
    #expect(answers.allSatisfy { $0.isWhole })
    return (answers.map { String($0.status) } + (exchange.isClosed ? ["end"] : [])).joined(separator: " ")
  }

  private static let smuggling: [(String, String)] = [
    ("GET / HTTP/1.1\r\nhost: x\r\n\r\n" + next, "200 200"),
    ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nGET /" + next, "200 200"),
    ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n" + next, "200 200"),
    ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + next, "200 200"),
    (
      "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nhost: y\r\n\r\n" + next, "200 200"
    ),
    (
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nG" + next,
      "400 end"
    ),
    (
      "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 6\r\n\r\n0\r\n\r\n" + next, "400 end"
    ),
    ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: x\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: x\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\ncontent-length: 35\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0, 35\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\n\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\nx: y\rcontent-length: 35\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\n content-length: 35\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n" + next, "400 end"),
    ("POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + next, "400 end"),
    ("GET / HTTP/1.1\r\n\r\n" + next, "400 end"),
    ("GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n" + next, "400 end"),
    ("CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n" + next, "501 end"),
    ("CONNECT x:80 HTTP/1.1\r\nhost: x\r\n" + upgrade + "\r\n" + next, "501 end"),
    ("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n" + next, "200 end"),
    ("GET / HTTP/1.1\r\nhost: x\r\nconnection: keep-alive, Close\r\n\r\n" + next, "200 end"),
    ("GET / HTTP/1.0\r\n\r\n" + next, "200 end"),
    ("GET / HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n" + next, "200 200"),
    ("GET /stream HTTP/1.0\r\nconnection: keep-alive\r\n\r\n" + next, "200 end"),
    ("GET / HTTP/1.1\r\nhost: x\r\n" + upgrade + "\r\n" + next, "200 200"),
    ("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n" + next + next, "200 200 200"),
    ("POST / HTTP/1.1\r\nhost: x\r\n" + upgrade + "content-length: 3\r\n\r\nabc" + next, "200 200"),
    (
      "POST / HTTP/1.1\r\nhost: x\r\n" + upgrade + "transfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" + next,
      "200 200"
    ),
    ("POST / HTTP/1.1\r\nhost: x\r\n" + upgrade + "content-length: 9999999\r\n\r\n" + next, "413 end"),
    ("GET / HTTP/1.1\r\nhost: x\r\n" + upgrade + "\r\nPRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "200 400 end"),
    ("GET / HTTP/1.1\r\nhost: x\r\n\r\n\r\n" + next, "200 200"),
    ("GET / HTTP/1.1\r\nhost: x\r\n\r\nnonsense\r\n" + next, "200 400 end"),
  ]

  @Test(arguments: smuggling)
  func `no bytes are read as another request than the client's, whole or byte by byte`(
    text: String, expected: String
  ) throws {
    #expect(try statuses(text) == expected)
    #expect(try statuses(text, size: 1) == expected)
  }

  @Test(arguments: smuggling)
  func `a client that ends its side gets every answer, then the end`(text: String, expected: String) throws {
    let expected = expected.hasSuffix("end") ? expected : expected + " end"
    #expect(try statuses(text, ends: true) == expected)
    #expect(try statuses(text, size: 7, ends: true) == expected)
  }

  @Test func `a pipeline is answered the same wherever it is cut, and ends where it is cut off`() throws {
    let parts = [
      "GET /a HTTP/1.1\r\nhost: x\r\n" + Self.upgrade + "\r\n", "HEAD /stream HTTP/1.1\r\nhost: x\r\n\r\n",
      "POST /b HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
      "GET /stream HTTP/1.1\r\nhost: x\r\n\r\n", "GET /c HTTP/1.0\r\nconnection: keep-alive\r\n\r\n",
    ]
    let (text, methods) = (parts.joined(), ["GET", "HEAD", "POST"])
    var ends = [Int]()
    for part in parts { ends.append((ends.last ?? 0) + part.utf8.count) }
    for cut in 1..<text.utf8.count {
      let exchange = try EmbeddedExchange()
      try exchange.send(text.utf8.prefix(cut))
      #expect(exchange.answers(methods: methods).count == ends.count { $0 <= cut } && !exchange.isClosed)
      try exchange.send(text.utf8.dropFirst(cut))
      let answers = exchange.answers(methods: methods)
      #expect(answers.map(\.body) == ["GET /a - 0", "", "POST /b - 3", "abc", "GET /c - 0"], "cut at \(cut)")
      #expect(!exchange.isClosed)

      let short = try EmbeddedExchange()
      try short.send(text.utf8.prefix(cut))
      try short.endInput()
      #expect(short.answers(methods: methods).count == ends.count { $0 <= cut } && short.isClosed, "cut at \(cut)")
    }
  }

  @Test func `HTTP/1.0 stays open where the client asks for it and the length is known`() throws {
    let exchange = try EmbeddedExchange()
    let keeps = "HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"
    try exchange.send("GET /a \(keeps)HEAD /stream \(keeps)HEAD /b \(keeps)GET /c HTTP/1.0\r\n\r\n")
    let answers = exchange.answers(methods: ["GET", "HEAD", "HEAD"])
    #expect(answers.map { $0.fields["connection"] } == ["keep-alive", "keep-alive", "keep-alive", "close"])
    #expect(answers.map(\.body) == ["GET /a - 0", "", "", "GET /c - 0"] && exchange.isClosed)
    #expect(answers.allSatisfy { $0.fields["transfer-encoding"] == nil })
  }

  @Test func `a HEAD leaves the connection open, also for a body of unknown length`() throws {
    let exchange = try EmbeddedExchange()
    try exchange.send("HEAD /stream HTTP/1.1\r\nhost: x\r\n\r\nHEAD /a HTTP/1.1\r\nhost: x\r\n\r\n" + Self.next)
    #expect(exchange.answers(methods: ["HEAD", "HEAD"]).map(\.status) == [200, 200, 200] && !exchange.isClosed)
    #expect(exchange.output.hasSuffix("GET /next - 0"))
  }

  // MARK: 100-continue

  private static let expecting = "POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n"

  @Test(arguments: ["content-length: 3\r\n\r\n", "transfer-encoding: chunked\r\n\r\n"], [Int.max, 1])
  func `a client that waits for it gets 100, once`(framing: String, size: Int) throws {
    let exchange = try EmbeddedExchange()
    try exchange.send(Self.next + Self.expecting + framing, size: size)
    #expect(exchange.answers().map(\.status) == [200, 100])
    try exchange.send(framing.hasPrefix("c") ? "abc" : "3\r\nabc\r\n0\r\n\r\n", size: size)
    try exchange.send(Self.next)
    #expect(exchange.answers().map(\.status) == [200, 100, 200, 200])
    #expect(exchange.answers()[2].body == "POST /a - 3")
  }

  @Test(arguments: [
    (expecting + "content-length: 3\r\n\r\na", "bc", "200"), (expecting + "content-length: 0\r\n\r\n", "", "200"),
    (expecting + "content-length: 9999999\r\n\r\n", next, "413 end"),
    (expecting + "host: y\r\ncontent-length: 3\r\n\r\n", next, "400 end"),
    (expecting + "expect: x\r\ncontent-length: 3\r\n\r\n", next, "417 end"),
    ("POST / HTTP/1.0\r\nconnection: keep-alive\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n", "abc", "200"),
  ])
  func `no 100 comes before a refusal, without a body or when the body has begun`(
    head: String, rest: String, expected: String
  ) throws {
    let exchange = try EmbeddedExchange()
    try exchange.send(head)
    try exchange.send(rest)
    let end = exchange.isClosed ? " end" : ""
    #expect(exchange.answers().map { String($0.status) }.joined(separator: " ") + end == expected)
  }

  @Test func `a client that ends its side while it waits for 100 gets no answer`() throws {
    #expect(try statuses(Self.expecting + "content-length: 3\r\n\r\n", ends: true) == "100 end")
  }

  // MARK: Limits

  @Test func `each limit of a request is answered, counted, and ends the connection`() throws {
    let field = "x: " + String(repeating: "y", count: 15_000) + "\r\n"
    let cases: [(String, Limit, Int)] = [
      ("GET / HTTP/1.1\r\nhost: x\r\n" + field + field, .headerBytes, 431),
      ("GET / HTTP/1.1\r\n" + String(repeating: "x: y\r\n", count: 257), .headerFields, 431),
      ("GET /" + String(repeating: "y", count: 17_000), .headerBytes, 414),
      ("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n", .bodyBytes, 413),
      ("POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n100001\r\n", .bodyBytes, 413),
    ]
    for (text, limit, code) in cases {
      for size in [16_384, 5_000] {
        let exchange = try EmbeddedExchange()
        try exchange.send(Self.next + text, size: size)
        #expect(exchange.answers().map(\.status) == [200, code] && exchange.isClosed)
        #expect(exchange.answers().last?.fields["connection"] == "close")
        #expect(exchange.answers().last?.body.isEmpty == false)
        #expect(exchange.core.limits[limit] == 1)
      }
    }
  }

  @Test func `a refused HEAD has no body`() throws {
    let exchange = try EmbeddedExchange()
    try exchange.send("HEAD / HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n")
    #expect(exchange.output.hasPrefix("HTTP/1.1 413 ") && exchange.output.hasSuffix("\r\n\r\n"))
  }

  // MARK: Ends

  @Test(arguments: ["", "GET / HT", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nab", "PRI * HTTP"])
  func `a request that its client leaves incomplete ends the connection without an answer`(text: String) throws {
    #expect(try statuses(text, ends: true) == "end")
  }

  @Test func `an endless body ends when its client ends its side, and the requests behind it are answered`() throws {
    let exchange = try EmbeddedExchange()
    try exchange.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n" + Self.next)
    #expect(exchange.answers().count == 1 && !exchange.isClosed)
    try exchange.endInput()
    #expect(exchange.answers().map(\.body) == ["tick", "GET /next - 0"] && exchange.isClosed)
    #expect(exchange.answers().allSatisfy { $0.isWhole })
    let late = try EmbeddedExchange()
    try late.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
    try late.endInput()
    #expect(late.output.hasSuffix("0\r\n\r\n") && late.isClosed)
  }

  @Test func `a finite body goes on when its client ends its side`() throws {
    for version in ["1.1", "1.0"] {
      let exchange = try EmbeddedExchange()
      try exchange.send("GET /finite HTTP/\(version)\r\nhost: x\r\n\r\n")
      try exchange.endInput()
      #expect(!exchange.isClosed && exchange.output.contains("begin"))
      exchange.gate.open()
      for _ in 0..<1_000 where !exchange.isClosed { try exchange.run() }
      #expect(exchange.isClosed && exchange.answers()[0].isWhole)
      #expect(exchange.answers()[0].body.utf8.count == FiniteBody.count)
    }
  }

  @Test func `bytes behind a waiting request are bounded, and reading stops`() throws {
    let exchange = try EmbeddedExchange()
    try exchange.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
    let handler = try exchange.channel.pipeline.syncOperations.handler(type: HTTP1ServerHandler.self)
    // NIO reads on only to learn of the end of the connection.
    for _ in 0..<200 { try exchange.channel.writeInbound(ByteBuffer(repeating: 0x41, count: 16_384)) }
    #expect(handler.memory <= 1_200_000)
  }
}

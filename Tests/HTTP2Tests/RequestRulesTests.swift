import HTTP2
import TestKit
import Testing

/// The rules for requests of a session that lets some come without an authority, against nghttp2's own.
@Suite struct RequestRulesTests {
  private typealias Fields = [(String, String)]

  /// One request as frames: its head, its body in pieces, its trailers.
  private struct Sent {
    var head: Fields
    var body: [String] = []
    var trailers: Fields?
    /// Whether the last frame ends the stream.
    var ends = true

    /// The frames of stream 1, with every field as a literal that no table remembers (RFC 7541 section 6.2.2).
    var bytes: [UInt8] {
      var frames: [(kind: UInt8, flags: UInt8, payload: [UInt8])] = [(1, 4, block(head))]
      for piece in body { frames.append((0, 0, Array(piece.utf8))) }
      if let trailers { frames.append((1, 4, block(trailers))) }
      if ends { frames[frames.count - 1].flags |= 1 }
      var bytes = [UInt8]()
      for frame in frames {
        let count = frame.payload.count
        bytes += [UInt8(count >> 16), UInt8(count >> 8 & 0xff), UInt8(count & 0xff), frame.kind, frame.flags]
        bytes += [0, 0, 0, 1]
        bytes += frame.payload
      }
      return bytes
    }

    private func block(_ fields: Fields) -> [UInt8] {
      fields.flatMap { name, value in [0] + text(name) + text(value) }
    }

    private func text(_ text: String) -> [UInt8] {
      // A byte of Latin-1 stands for itself.
      let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
      precondition(bytes.count < 127)
      return [UInt8(bytes.count)] + bytes
    }
  }

  private static let health = Array("/healthz".utf8)
  private static let start = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

  /// All events of a session for a request, and the frames that it sends back.
  private static func outcome(_ sent: Sent, ownRules: Bool, pieces: Int = .max) throws -> [String] {
    var settings = Settings()
    if ownRules { settings.pathsWithoutAuthority = [health] }
    let session = Session(role: .server, settings: settings, pool: StreamPool { Stream() })
    try session.receive(start.span)
    _ = try session.pendingBytes()
    var found = [String]()
    var rest = sent.bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(pieces)
      try session.receive(piece.span)
      for event in session.takeEvents() {
        switch event {
        case .head(let stream):
          found.append(
            "head "
              + (0..<stream.head.count).map { "\(stream.head.name(at: $0))=\(stream.head.value(at: $0))" }.joined())
        case .data: break
        case .end(let stream): found.append("end \(stream.received.count) \(stream.trailers.count)")
        case .closed(_, let code): found.append("closed \(code.rawValue)")
        case .goAway: found.append("goAway")
        }
      }
    }
    let answer = try session.pendingBytes()
    for event in session.takeEvents() {
      if case .closed(_, let code) = event { found.append("closed \(code.rawValue)") }
    }
    // The resets alone: how much of a window comes back is no matter.
    var index = 0
    while index + 9 <= answer.count {
      let length = Int(answer[index]) << 16 | Int(answer[index + 1]) << 8 | Int(answer[index + 2])
      if answer[index + 3] == 3 { found.append("reset \(answer[index + 12])") }
      index += 9 + length
    }
    return found
  }

  private static func usual(_ more: Fields = [], path: String = "/a", method: String = "POST") -> Fields {
    [(":method", method), (":scheme", "http"), (":path", path), (":authority", "x")] + more
  }

  private func hasHead(_ outcome: [String]) -> Bool { outcome.contains { $0.hasPrefix("head") } }

  @Test(arguments: ["/healthz", "/healthz?a=b"]) func `a health check may come without an authority`(path: String)
    throws
  {
    for fields in [[], [("user-agent", "check")], [(":authority", "")], [("host", "")]] as [Fields] {
      let head = [(":method", "GET"), (":scheme", "http"), (":path", path)] + fields
      let expected = try Self.outcome(Sent(head: head), ownRules: true)
      #expect(hasHead(expected) && expected.last == "end 0 0")
      #expect(try Self.outcome(Sent(head: head), ownRules: true, pieces: 1) == expected)
      #expect(try !hasHead(Self.outcome(Sent(head: head), ownRules: false)))
    }
  }

  @Test(arguments: ["/", "/health", "/healthzz", "/healthz/", "/HEALTHZ", "*"])
  func `any other request has an authority`(path: String) throws {
    let head = [(":method", "GET"), (":scheme", "http"), (":path", path)]
    #expect(try Self.outcome(Sent(head: head), ownRules: true) == ["closed 1", "reset 1"])
  }

  @Test func `a health check that breaks another rule is reset`() throws {
    for head in [
      [(":method", "GET"), (":path", "/healthz")], [(":scheme", "http"), (":path", "/healthz")],
      [(":method", "GET"), (":scheme", "http"), (":path", "/healthz"), ("connection", "close")],
      [(":method", "GET"), (":scheme", "http"), ("a", "b"), (":path", "/healthz")],
    ] as [Fields] {
      #expect(try Self.outcome(Sent(head: head), ownRules: true) == ["closed 1", "reset 1"])
    }
  }

  private static let heads: [Fields] = [
    usual(), usual(path: "*"), usual(path: "*", method: "OPTIONS"), usual(path: "", method: "GET"), usual(path: "a"),
    usual(path: "/ a"), usual(path: "/\u{e9}"), usual(method: "GE T"), usual(method: ""), usual(method: "get"),
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), ("host", "x")],
    [(":method", "GET"), (":scheme", "ftp"), (":path", "a"), (":authority", "x")],
    [(":method", "GET"), (":scheme", "HTTPS"), (":path", "a"), (":authority", "x")],
    [(":method", "GET"), (":scheme", "1a"), (":path", "/a"), (":authority", "x")],
    [(":method", "GET"), (":scheme", ""), (":path", "/a"), (":authority", "x")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "x y")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "x"), (":path", "/a")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "x"), (":authority", "x")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "x"), (":status", "200")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":authority", "x"), (":protocol", "websocket")],
    [(":method", "GET"), (":scheme", "http"), (":path", "/a"), (":Authority", "x")], [],
    [(":method", "CONNECT"), (":authority", "x:1")], [(":method", "CONNECT")], [(":method", "CONNECT"), ("host", "x")],
    [(":method", "CONNECT"), (":authority", "x:1"), (":path", "/a")],
    [(":path", "/a"), (":method", "CONNECT"), (":authority", "x:1")],
    [(":method", "CONNECT"), (":scheme", "http"), (":authority", "x:1")],
    usual([("host", "y")]), usual([("host", "y"), ("host", "z")]), usual([("host", "y z")]),
    usual([("connection", "close")]), usual([("keep-alive", "1")]), usual([("proxy-connection", "1")]),
    usual([("transfer-encoding", "chunked")]), usual([("upgrade", "h2c")]), usual([("te", "trailers")]),
    usual([("te", "Trailers")]), usual([("te", "gzip")]), usual([("te", "")]), usual([("A", "b")]),
    usual([("a b", "c")]),
    usual([("a", " b")]), usual([("a", "b ")]), usual([("a", "b\u{1}")]), usual([("a", "\u{e9}")]), usual([("", "b")]),
    usual([("a", "")]), usual([("a b", "c"), (":late", "d")]), usual([("content-length", "0")]),
    usual([("content-length", "3")]), usual([("content-length", "+3")]), usual([("content-length", "")]),
    usual([("content-length", "3"), ("content-length", "3")]), usual([("content-length", "9223372036854775807")]),
    usual([("content-length", "9223372036854775808")]), usual([("content-length", "3, 3")]),
  ]

  @Test(arguments: heads.indices) func `a request is judged as nghttp2 judges it`(index: Int) throws {
    let bodies: [([String], Fields?)] = [
      ([], nil), (["abc"], nil), (["a", "bc"], nil), (["ab"], nil), (["abc", "d"], nil), (["abc"], [("t", "1")]),
      (["ab"], [("t", "1")]), ([""], nil), ([], [("t", "1")]), (["abc"], [(":path", "/a")]), (["abc"], [("T", "1")]),
      (["abc"], [("connection", "close")]), (["abc"], [("content-length", "4")]),
    ]
    for (body, trailers) in bodies {
      for ends in [true, false] {
        let sent = Sent(head: Self.heads[index], body: body, trailers: trailers, ends: ends)
        let expected = try Self.outcome(sent, ownRules: false)
        #expect(try Self.outcome(sent, ownRules: true) == expected, "\(sent)")
        for pieces in [1, 5] {
          #expect(try Self.outcome(sent, ownRules: true, pieces: pieces) == expected, "\(sent)")
        }
      }
    }
  }

  @Test func `random requests are judged as nghttp2 judges them`() throws {
    var random = SeededGenerator(seed: 19)
    let names = [
      ":method", ":scheme", ":path", ":authority", ":status", "host", "te", "content-length", "connection", "a", "A",
      "a b",
      "upgrade", "x-b", "keep-alive",
    ]
    let values = [
      "", "x", "/a", "http", "GET", "trailers", "3", "0", "CONNECT", "OPTIONS", "*", " x", "x\n", "3a", "https",
    ]
    for _ in 0..<4_000 {
      var head = Bool.random(using: &random) ? Self.usual() : Self.heads.randomElement(using: &random)!
      for _ in 0..<Int.random(in: 0...3, using: &random) {
        let field = (names.randomElement(using: &random)!, values.randomElement(using: &random)!)
        head.insert(field, at: Int.random(in: 0...head.count, using: &random))
        if Bool.random(using: &random), head.count > 1 {
          head.swapAt(0, Int.random(in: 0..<head.count, using: &random))
        }
      }
      // What differs on purpose.
      guard head.contains(where: { $0.0 == ":authority" && !$0.1.isEmpty }),
        !head.contains(where: { [":authority", "host"].contains($0.0) && $0.1.isEmpty })
      else { continue }
      let sent = Sent(head: head, body: Bool.random(using: &random) ? ["abc"] : [])
      #expect(
        try Self.outcome(sent, ownRules: true) == Self.outcome(sent, ownRules: false), "\(sent)")
    }
  }
}

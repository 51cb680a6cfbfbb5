import HTTP2
import TestKit
import Testing

@Suite struct SessionTests {
  @Test func `a request and its answer arrive whole, with trailers`() throws {
    let pair = SessionPair()
    let asked = try #require(pair.request("/a", body: [1, 2, 3], [("x-one", "1")]))
    try pair.exchange()
    let stream = try #require(pair.server.firstHead())
    #expect(stream.head.path == "/a" && stream.head.method == "POST")
    #expect(stream.head.firstValue(Array("x-one".utf8)).map(text) == "1")
    #expect(stream.received.bytes == [1, 2, 3] && stream.isRemoteClosed)

    pair.server.respond(stream, Headers([(":status", "200"), ("content-type", "x")]))
    pair.server.send([4, 5], on: stream)
    pair.server.send([6], on: stream)
    pair.server.finish(stream, trailers: Headers([("grpc-status", "0")]))
    try pair.exchange()
    #expect(asked.head.status == 200)
    #expect(asked.received.bytes == [4, 5, 6])
    #expect(asked.trailers.firstValue(Array("grpc-status".utf8)).map(text) == "0")
    #expect(asked.isClosed && pair.client.open.isEmpty && pair.server.open.isEmpty)
  }

  @Test(arguments: [0, 1, 16_384, 16_385, 65_535, 65_536, 1_000_000])
  func `a body of any size passes, as the receiver gives windows back`(size: Int) throws {
    let pair = SessionPair()
    let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    _ = pair.request("/a", body: body)
    var got = [UInt8]()
    var isOver = false
    while !isOver {
      try pair.exchange()
      for event in pair.server.takeEvents() {
        switch event {
        case .data(let stream), .end(let stream):
          let count = stream.received.count
          got += stream.received.bytes[stream.received.start...]
          stream.received.drop(count)
          pair.server.consumed(count, on: stream)
          isOver = stream.isRemoteClosed
        default: break
        }
      }
    }
    #expect(got == body)
  }

  @Test func `a stream that is not consumed holds back its sender, and no other stream`() throws {
    let pair = SessionPair()
    let held = try #require(pair.request("/held", body: [UInt8](repeating: 1, count: 200_000)))
    try pair.exchange()
    let stream = try #require(pair.server.firstHead())
    #expect(stream.received.count == 65_535)
    #expect(held.outgoingByteCount == 200_000 - 65_535)
    for _ in 0..<50 {
      _ = pair.request("/other", body: [UInt8](repeating: 2, count: 60_000))
      try pair.exchange()
    }
    let others = pair.server.open.filter { $0 !== stream }
    #expect(others.count == 50 && others.allSatisfy { $0.isRemoteClosed && $0.received.count == 60_000 })
  }

  @Test func `body bytes that come later are sent when they come`() throws {
    let pair = SessionPair()
    let asked = try #require(pair.request("/a"))
    try pair.exchange()
    let stream = try #require(pair.server.firstHead())
    pair.server.respond(stream, Headers([(":status", "200")]))
    try pair.exchange()
    #expect(asked.head.status == 200 && !asked.isRemoteClosed)
    for byte in UInt8(0)..<10 {
      pair.server.send([byte], on: stream)
      try pair.exchange()
      #expect(asked.received.bytes.last == byte)
    }
    pair.server.finish(stream)
    try pair.exchange()
    #expect(asked.isRemoteClosed && asked.received.count == 10)
  }

  @Test func `a reset reaches the other side with its code`() throws {
    let pair = SessionPair()
    let asked = try #require(pair.request("/a"))
    try pair.exchange()
    let stream = try #require(pair.server.firstHead())
    pair.client.reset(asked, .cancel)
    try pair.exchange()
    #expect(
      pair.server.takeEvents().contains {
        if case .closed(let closed, .cancel) = $0 { closed === stream } else { false }
      })
    #expect(stream.isClosed)
    // Whatever is submitted on a closed stream goes nowhere.
    pair.server.respond(stream, Headers([(":status", "200")]))
    pair.server.send([1], on: stream)
    pair.server.finish(stream)
    #expect(try pair.server.pendingBytes().isEmpty)
  }

  @Test func `a header list over the limit is marked and cut`() throws {
    var settings = Settings()
    settings.maxHeaderListSize = 1_000
    let pair = SessionPair(server: settings)
    _ = pair.request("/a", (0..<40).map { ("x-\($0)", String(repeating: "v", count: 20)) })
    try pair.exchange()
    let stream = try #require(pair.server.firstHead())
    #expect(stream.head.isTooLarge && stream.head.count == 18)
  }

  @Test func `GOAWAY is an event, and a finished session shows that it is finished`() throws {
    let pair = SessionPair()
    try pair.exchange()
    pair.server.goAway(.noError)
    try pair.exchange()
    #expect(pair.client.takeEvents().contains { if case .goAway(0, .noError) = $0 { true } else { false } })
    #expect(pair.client.isFinished && pair.server.isFinished)
  }

  @Test func `the objects of closed streams are reused, clean`() throws {
    let pair = SessionPair()
    for number in 0..<100 {
      let asked = try #require(pair.request("/\(number)", body: [UInt8(number)]))
      try pair.exchange()
      let stream = try #require(pair.server.firstHead())
      #expect(stream.head.path == "/\(number)" && stream.received.bytes == [UInt8(number)])
      pair.server.respond(stream, Headers([(":status", "204")]), endStream: true)
      try pair.exchange()
      #expect(asked.head.status == 204)
      for case .closed(let closed, _) in pair.server.takeEvents() { pair.server.recycle(closed) }
    }
  }

  @Test func `bytes in any pieces mean the same`() throws {
    let pair = SessionPair()
    _ = pair.request("/a", body: [UInt8](repeating: 9, count: 5_000))
    let bytes = try pair.client.pendingBytes()
    for byte in bytes { try pair.server.receive([byte].span) }
    let stream = try #require(pair.server.firstHead())
    #expect(stream.received.count == 5_000 && stream.isRemoteClosed)
  }

  @Test func `random damage never does worse than end the session`() throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let pair = SessionPair()
      for number in 0..<3 { _ = pair.request("/\(number)", body: [UInt8](repeating: 7, count: 300)) }
      var bytes = try pair.client.pendingBytes()
      for _ in 0..<Int.random(in: 1...8, using: &random) {
        bytes[Int.random(in: 24..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        try pair.server.receive(bytes.span)
        for stream in pair.server.open where stream.isRemoteClosed {
          pair.server.respond(stream, Headers([(":status", "200")]), endStream: true)
        }
        _ = try pair.server.pendingBytes()
      } catch {
        // Refused as a whole: as good.
      }
    }
  }
}

extension Session {
  fileprivate func firstHead() -> HTTP2.Stream? {
    for case .head(let stream) in takeEvents() { return stream }
    return nil
  }
}

private func text(_ bytes: [UInt8]) -> String {
  String(decoding: bytes, as: UTF8.self)
}

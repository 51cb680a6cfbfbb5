import HTTP
import Synchronization
import Testing

@testable import Transport

/// Clients over HTTP/1.1 that end their side of the connection, or send on while they are refused, over real sockets.
@Suite struct HalfClosedTests {
  private func get(_ path: String, _ version: String = "1.1", _ fields: String = "") -> String {
    "GET \(path) HTTP/\(version)\r\nhost: x\r\n\(fields)\r\n"
  }

  @Test(arguments: ["1.1", "1.0"])
  func `a client that ends its side gets the whole answer, then the end`(version: String) async throws {
    try await withEcho { connection, _, server, port in
      await connection.close()
      let client = try await RawClient(port: port)
      try await client.send(get("/huge", version))
      try await client.shutDown()
      #expect(try await eventually { client.isClosed })
      let answer = try #require(ReceivedAnswer.read(client.bytes).first)
      #expect(answer.isWhole && answer.body.utf8.count == 10 * LargeBody.bytes.count && !client.hasFailed)
      #expect(try await eventually { connections(server) == 0 })
    }
  }

  @Test func `requests in a row are all answered, late, large and endless ones too`() async throws {
    try await withEcho { connection, service, server, port in
      await connection.close()
      let client = try await RawClient(port: port)
      let upgrade = "connection: upgrade\r\nupgrade: websocket\r\n"
      try await client.send(
        get("/slow/a") + get("/large") + get("/endless") + get("/b", "1.1", upgrade) + get("/slow/stream") + get("/c"))
      try await client.shutDown()
      #expect(try await eventually { service.gate.counts.began == 1 })
      service.gate.open()
      #expect(try await eventually { client.isClosed })
      let answers = ReceivedAnswer.read(client.bytes)
      #expect(answers.count == 6 && answers.allSatisfy { $0.status == 200 && $0.isWhole })
      #expect(answers.map(\.body.utf8.count) == [15, 3_000_000, 0, 10, 3, 10])
      #expect(!client.hasFailed)
      #expect(try await eventually { connections(server) == 0 })
    }
  }

  @Test(arguments: [
    "", "P", "PRI * HT", "GET / HTTP/1.1\r\nho", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\na",
  ])
  func `a client that ends its side before its request ends is closed`(text: String) async throws {
    try await withEcho { connection, _, server, port in
      await connection.close()
      let client = try await RawClient(port: port)
      if !text.isEmpty { try await client.send(text) }
      try await client.shutDown()
      #expect(try await eventually { client.isClosed && connections(server) == 0 })
      #expect(client.text.isEmpty)
    }
  }

  @Test(
    arguments: [
      "content-length: 9000000\r\n\r\n", "transfer-encoding: chunked\r\n\r\n895440\r\n",
      "content-length: 9000000\r\nexpect: 100-continue\r\n\r\n", "x: ",
    ], [true, false])
  func `a refusal reaches a client that still sends`(fields: String, ends: Bool) async throws {
    // A busy machine may take its time for the bytes.
    try await withEcho({ $0.limits[.lingerTime] = 60_000 }) { connection, _, server, port in
      await connection.close()
      let client = try await RawClient(port: port, closes: false)
      try await client.send("POST / HTTP/1.1\r\nhost: x\r\n" + fields)
      let piece = String(repeating: "x", count: 100_000)
      for _ in 0..<10 { try await client.send(piece) }
      if ends { try await client.shutDown() }
      #expect(try await eventually { ends ? client.isClosed : client.hasEnded })
      let answers = ReceivedAnswer.read(client.bytes)
      #expect(answers.map(\.status) == [fields == "x: " ? 431 : 413] && answers[0].isWhole)
      #expect(answers.first?.fields["connection"] == "close" && !client.hasFailed)
      await client.close()
      #expect(try await eventually { connections(server) == 0 })
    }
  }

  @Test func `a late answer is made for a client that ends its side, and given up for one that is cut off`()
    async throws
  {
    try await withEcho { connection, service, server, port in
      await connection.close()
      let (patient, lost) = (try await RawClient(port: port), try await RawClient(port: port))
      try await patient.send(get("/slow/a"))
      try await patient.shutDown()
      try await lost.send(get("/slow/b"))
      #expect(try await eventually { service.gate.counts.began == 2 })
      try await lost.reset()
      #expect(try await eventually { service.gate.counts.cancelled == 1 })
      service.gate.open()
      #expect(try await eventually { patient.isClosed && connections(server) == 0 })
      #expect(patient.text.hasSuffix("GET /slow/a - 0"))
    }
  }
}

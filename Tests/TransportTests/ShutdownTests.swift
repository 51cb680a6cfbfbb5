import HTTP2
import Testing

@testable import Transport

/// What becomes of streamed REST answers when the server shuts down.
@Suite struct ShutdownTests {
  private func get(_ path: String, _ version: String = "1.1") -> String {
    "GET \(path) HTTP/\(version)\r\nhost: x\r\n\r\n"
  }

  // MARK: HTTP/1.1

  @Test func `a shutdown over HTTP/1.1 lets a finite body come to its end`() async throws {
    try await withEcho { _, service, server, port in
      let (client, idle) = (try await RawClient(port: port), try await RawClient(port: port))
      try await client.send(get("/finite"))
      #expect(try await eventually { client.text.contains("begin") })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { idle.isClosed })
      #expect(!client.isClosed)
      service.gate.open()
      try await down
      #expect(try await eventually { client.isClosed })
      #expect(client.text.hasSuffix("3\r\nend\r\n0\r\n\r\n") && client.bytes.count > FiniteBody.count)
      #expect(service.gate.log.closed == 1 && !client.hasFailed)
    }
  }

  @Test(arguments: [("/slow/stream", "\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), ("/slow/endless", "\r\n\r\n0\r\n\r\n")])
  func `a body that begins late over HTTP/1.1 is written if it is finite, and ends if not`(
    path: String, end: String
  ) async throws {
    try await withEcho { _, service, server, port in
      let (client, idle) = (try await RawClient(port: port), try await RawClient(port: port))
      try await client.send(get(path))
      #expect(try await eventually { service.gate.counts.began == 1 })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { idle.isClosed })
      service.gate.open()
      try await down
      #expect(try await eventually { client.isClosed })
      #expect(client.text.hasSuffix(end))
    }
  }

  @Test(arguments: ["1.1", "1.0"])
  func `a client over HTTP/1.1 does not take a body for whole that the limit cut`(version: String) async throws {
    try await withEcho { _, service, server, port in
      let client = try await RawClient(port: port)
      try await client.send(get("/finite", version))
      #expect(try await eventually { client.text.contains("begin") })
      try await server.shutDown(within: .milliseconds(1))
      #expect(try await eventually { client.isClosed })
      // Without chunks only a lost connection tells.
      #expect(!client.text.hasSuffix("0\r\n\r\n") && client.hasFailed == (version == "1.0"))
      #expect(service.gate.log.closed == 1)
    }
  }

  // MARK: HTTP/2

  @Test func `a shutdown over HTTP/2 lets a finite body come to its end, and ends an endless one`() async throws {
    try await withEcho { _, service, server, port in
      let client = try await RESTClient(port: port, window: 4_000_000)
      try await client.request("GET", "/finite")
      try await client.request("GET", "/endless")
      #expect(
        try await eventually { client.answer("/finite").body == "begin" && client.answer("/endless").body == "tick" })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { client.answer("/endless").isEnded })
      #expect(client.answer("/endless").resetCode == nil && !client.answer("/finite").isEnded)
      service.gate.open()
      try await down
      #expect(try await eventually { client.answer("/finite").isEnded })
      let answer = client.answer("/finite")
      #expect(answer.body.hasSuffix("xend") && answer.body.utf8.count == FiniteBody.count && answer.resetCode == nil)
      #expect(service.gate.log.closed == 1)
      await client.close()
    }
  }

  @Test func `a body that begins late over HTTP/2 is written if it is finite, and ends if not`() async throws {
    try await withEcho { _, service, server, port in
      let (client, idle) = (try await RESTClient(port: port), try await RawClient(port: port))
      try await client.request("GET", "/slow/stream")
      try await client.request("GET", "/slow/endless")
      #expect(try await eventually { service.gate.counts.began == 2 })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { idle.isClosed })
      service.gate.open()
      try await down
      for (path, body) in [("/slow/stream", "abc"), ("/slow/endless", "")] {
        #expect(try await eventually { client.answer(path).isEnded })
        #expect(client.answer(path) == RESTClient.Answer(status: "200", body: body, isEnded: true))
      }
      await client.close()
    }
  }

  @Test func `a body over HTTP/2 that the limit cut is reset`() async throws {
    try await withEcho { _, service, server, port in
      let client = try await RESTClient(port: port)
      try await client.request("GET", "/finite")
      #expect(try await eventually { client.answer("/finite").body == "begin" })
      try await server.shutDown(within: .milliseconds(1))
      #expect(try await eventually { client.answer("/finite").resetCode == .cancel })
      #expect(!client.answer("/finite").isEnded && service.gate.log.closed == 1)
      await client.close()
    }
  }
}

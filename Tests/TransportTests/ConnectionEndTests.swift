import Synchronization
import Testing

@testable import Transport

/// How a connection over HTTP/1.1 comes to its end.
@Suite struct ConnectionEndTests {
  private func last(_ path: String) -> String {
    "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
  }

  @Test func `the last request of a pipeline is answered before the connection ends, however late`() async throws {
    try await withEcho { _, service, _, port in
      let client = try await RawClient(port: port)
      try await client.send("GET /b HTTP/1.1\r\nHost: x\r\n\r\n" + last("/slow/a"))
      #expect(try await eventually { service.gate.counts.began == 1 })
      service.gate.open()
      #expect(try await eventually { client.isClosed })
      let answers = client.text.split(separator: "HTTP/1.1 ")
      try #require(answers.count == 2)
      #expect(answers[0].hasSuffix("\r\n\r\nGET /b - 0") && answers[1].hasSuffix("\r\n\r\nGET /slow/a - 0"))
      #expect(!answers[0].contains("connection: close") && answers[1].contains("connection: close"))
      await client.close()
    }
  }

  @Test func `a request behind the last one of a connection is not answered`() async throws {
    try await withEcho { _, service, _, port in
      let client = try await RawClient(port: port)
      try await client.send(last("/a") + last("/b"))
      #expect(try await eventually { client.isClosed })
      #expect(client.text.hasSuffix("\r\n\r\nGET /a - 0"))
      #expect(service.gate.paths.withLock { $0 } == ["/a"])
      await client.close()
    }
  }

  @Test func `a request behind a late one is neither handled nor answered when the server shuts down`() async throws {
    try await withEcho { _, service, server, port in
      let (client, idle) = (try await RawClient(port: port), try await RawClient(port: port))
      try await client.send("GET /slow/a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try await eventually { service.gate.counts.began == 1 })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { idle.isClosed })
      service.gate.open()
      try await down
      #expect(try await eventually { client.isClosed })
      #expect(client.text.split(separator: "HTTP/1.1 ").count == 1 && client.text.contains("connection: close\r\n"))
      #expect(client.text.hasSuffix("\r\n\r\nGET /slow/a - 0"))
      #expect(service.gate.paths.withLock { $0 } == ["/slow/a"])
    }
  }
}

import GRPC
import HTTP
import Testing

@testable import Transport

@Suite struct LateResponseTests {
  private func get(_ path: String, _ more: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nhost: x\r\n\(more)\r\n"
  }

  // MARK: HTTP/2

  @Test func `other requests over HTTP/2 are answered while a response is pending`() async throws {
    try await withEcho { _, service, _, port in
      let client = try await RESTClient(port: port)
      try await client.request("POST", "/slow/a", body: [1, 2, 3])
      try await client.request("HEAD", "/slow/b")
      try await client.request("GET", "/slow/fail")
      try await client.request("GET", "/slow/stream")
      #expect(try await eventually { service.gate.counts.began == 4 })
      try await client.request("GET", "/quick")
      #expect(try await eventually { client.answer("/quick").isEnded })
      #expect(client.answer("/slow/a") == RESTClient.Answer())
      service.gate.open()
      for path in ["/slow/a", "/slow/b", "/slow/fail", "/slow/stream"] {
        #expect(try await eventually { client.answer(path).isEnded })
      }
      #expect(client.answer("/slow/a").body == "POST /slow/a - 3")
      #expect(client.answer("/slow/b") == RESTClient.Answer(status: "200", isEnded: true))
      #expect(client.answer("/slow/fail").status == "503")
      #expect(client.answer("/slow/stream").body == "abc")
      #expect(try await eventually { service.gate.log.closed == 1 })
      await client.close()
    }
  }

  @Test func `the task of a request over HTTP/2 begins when the request has ended`() async throws {
    try await withEcho { _, service, _, port in
      let client = try await RESTClient(port: port)
      try await client.request("POST", "/slow/a", body: nil)
      try await client.send([1, 2], "/slow/a")
      try await client.request("GET", "/quick")
      #expect(try await eventually { client.answer("/quick").isEnded })
      #expect(service.gate.counts.began == 0)
      try await client.send([3], "/slow/a", ends: true)
      service.gate.open()
      #expect(try await eventually { client.answer("/slow/a").body == "POST /slow/a - 3" })
      await client.close()
    }
  }

  @Test(arguments: ["/slow/stream", "/slow/stubborn", "/slow/stubborn/stream"])
  func `a reset stream over HTTP/2 cancels its task and drops the late response`(path: String) async throws {
    try await withEcho { _, service, server, port in
      let client = try await RESTClient(port: port)
      try await client.request("GET", path)
      #expect(try await eventually { service.gate.counts.began == 1 })
      try await client.reset(path)
      #expect(try await eventually { service.gate.counts.cancelled == 1 })
      try await client.request("GET", "/slow/next")
      #expect(try await eventually { service.gate.counts.began == 2 })
      service.gate.open()
      #expect(try await eventually { client.answer("/slow/next").isEnded })
      #expect(client.answer("/slow/next").body == "GET /slow/next - 0")
      #expect(client.answer(path).status.isEmpty)
      let bodies = path.hasSuffix("stream") ? 1 : 0
      #expect(try await eventually { running(server) == 0 && service.gate.log.closed == bodies })
      await client.close()
    }
  }

  @Test func `a response over HTTP/2 beyond the queue is 503`() async throws {
    try await withEcho({ ($0.limits[.tasks], $0.limits[.waitingTasks]) = (1, 0) }) { _, service, _, port in
      let client = try await RESTClient(port: port)
      try await client.request("GET", "/slow/a")
      try await client.request("GET", "/slow/b")
      #expect(try await eventually { client.answer("/slow/b").isEnded })
      #expect(client.answer("/slow/b").status == "503")
      service.gate.open()
      #expect(try await eventually { client.answer("/slow/a").status == "200" })
      await client.close()
    }
  }

  // MARK: HTTP/1.1

  @Test func `the next request over HTTP/1.1 waits, and other connections do not`() async throws {
    try await withEcho { _, service, _, port in
      let (client, other) = (try await RawClient(port: port), try await RawClient(port: port))
      try await client.send(get("/slow/a") + get("/b") + get("/slow/fail") + get("/slow/stream"))
      #expect(try await eventually { service.gate.counts.began == 1 })
      try await other.send(get("/c"))
      #expect(try await eventually { other.text.hasSuffix("GET /c - 0") })
      #expect(client.text.isEmpty)
      service.gate.open()
      #expect(try await eventually { client.text.hasSuffix("3\r\nabc\r\n0\r\n\r\n") })
      let answers = client.text.split(separator: "HTTP/1.1 ")
      try #require(answers.count == 4)
      #expect(answers[0].hasSuffix("\r\n\r\nGET /slow/a - 0") && answers[1].hasSuffix("\r\n\r\nGET /b - 0"))
      #expect(answers[2].hasPrefix("503 "))
      #expect(service.gate.counts == Gate.Counts(began: 3, cancelled: 0, ended: 3))
      await client.close()
      await other.close()
    }
  }

  @Test func `a late HEAD over HTTP/1.1 has a length and no body`() async throws {
    try await withEcho { _, service, _, port in
      let client = try await RawClient(port: port)
      service.gate.open()
      try await client.send("HEAD /slow/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
      #expect(try await eventually { client.isClosed })
      #expect(client.text.contains("content-length: 16\r\n") && client.text.hasSuffix("\r\n\r\n"))
    }
  }

  @Test(arguments: ["/slow/stream", "/slow/stubborn", "/slow/stubborn/stream"])
  func `a lost connection over HTTP/1.1 cancels its task`(path: String) async throws {
    try await withEcho { _, service, server, port in
      let client = try await RawClient(port: port)
      try await client.send(get(path) + get("/slow/next"))
      #expect(try await eventually { service.gate.counts.began == 1 })
      try await client.reset()
      #expect(try await eventually { service.gate.counts.cancelled == 1 })
      service.gate.open()
      let bodies = path.hasSuffix("stream") ? 1 : 0
      #expect(try await eventually { running(server) == 0 && service.gate.log.closed == bodies })
      #expect(service.gate.counts == Gate.Counts(began: 1, cancelled: 1, ended: 1))
    }
  }

  @Test func `a shutdown over HTTP/1.1 waits for a late response and then closes`() async throws {
    try await withEcho { _, service, server, port in
      let (client, idle) = (try await RawClient(port: port), try await RawClient(port: port))
      try await client.send(get("/slow/a") + get("/slow/b"))
      #expect(try await eventually { service.gate.counts.began == 1 })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { idle.isClosed })
      #expect(!client.isClosed)
      service.gate.open()
      try await down
      #expect(try await eventually { client.isClosed })
      #expect(client.text.contains("connection: close\r\n") && client.text.hasSuffix("GET /slow/a - 0"))
    }
  }

  @Test func `a shutdown over HTTP/1.1 cancels a late response when its time is up`() async throws {
    try await withEcho { _, service, server, port in
      let client = try await RawClient(port: port)
      try await client.send(get("/slow/stubborn/stream"))
      #expect(try await eventually { service.gate.counts.began == 1 })
      try await server.shutDown(within: .milliseconds(1))
      #expect(try await eventually { client.isClosed && service.gate.counts.cancelled == 1 })
      service.gate.open()
      #expect(try await eventually { running(server) == 0 && service.gate.log.closed == 1 })
      #expect(client.text.isEmpty)
    }
  }

  @Test func `a response over HTTP/1.1 beyond the queue is 503`() async throws {
    try await withEcho({ ($0.limits[.tasks], $0.limits[.waitingTasks]) = (1, 0) }) { _, service, _, port in
      let (client, other) = (try await RawClient(port: port), try await RawClient(port: port))
      try await client.send(get("/slow/a"))
      #expect(try await eventually { service.gate.counts.began == 1 })
      try await other.send(get("/slow/b") + get("/c"))
      #expect(try await eventually { other.text.hasSuffix("GET /c - 0") })
      #expect(other.text.hasPrefix("HTTP/1.1 503 ") && other.text.contains("retry-after: "))
      service.gate.open()
      #expect(try await eventually { client.text.hasSuffix("GET /slow/a - 0") })
      await client.close()
      await other.close()
    }
  }

  @Test(arguments: [("/slow", "GET /slow - 0"), ("/finite", "end\r\n0\r\n\r\n")])
  func `malformed bytes take nothing from the answer before them`(path: String, end: String) async throws {
    try await withEcho { _, service, _, port in
      let (raw, other) = (try await RawClient(port: port), try await RawClient(port: port))
      try await raw.send("GET \(path) HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(try await eventually { service.gate.counts.began == 1 || raw.text.contains("begin") })
      // All on one loop: when another is answered, what came before was read.
      for _ in 0..<3 {
        let seen = other.bytes.count
        try await raw.send("\0nonsense\r\n\r\n")
        try await other.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
        #expect(try await eventually { other.bytes.count > seen })
      }
      service.gate.open()
      #expect(try await eventually { raw.isClosed })
      #expect(raw.text.contains(end) && !raw.hasFailed)
      await other.close()
    }
  }
}

import GRPC
import HTTP
import Metrics
import NIOCore
import Testing

@testable import Transport

@Suite struct HTTP1Tests {
  /// The whole answer to bytes on a connection of their own, which the server closes.
  private func answer(
    to request: String, pieces: Int = 1, _ configure: (inout ServerConfiguration) -> Void = { _ in }
  ) async throws -> String {
    var result = ""
    try await withEcho(configure) { _, _, _, port in
      let client = try await RawClient(port: port)
      let bytes = Array(request.utf8)
      let step = max(bytes.count / pieces, 1)
      for start in stride(from: 0, to: bytes.count, by: step) {
        try? await client.send(String(decoding: bytes[start..<min(start + step, bytes.count)], as: UTF8.self))
      }
      #expect(try await eventually { client.isClosed })
      result = client.text
    }
    return result
  }

  @Test func `a request is answered with its length, and HEAD without a body`() async throws {
    let get = try await answer(to: "GET /a%2Fb?c=d HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(get.hasPrefix("HTTP/1.1 200 OK\r\n") && get.hasSuffix("\r\n\r\nGET /a%2Fb c=d 0"))
    #expect(get.contains("content-length: 16\r\n") && get.contains("date: "))
    let head = try await answer(to: "HEAD /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(head.contains("content-length: 11\r\n") && head.hasSuffix("\r\n\r\n"))
  }

  @Test func `requests in single bytes, in a row on one connection and in absolute form are answered`() async throws {
    let one = "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
    let last = "GET http://x/b?q HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    let text = try await answer(to: one + one + last, pieces: 1_000)
    #expect(text.split(separator: "POST /a - 3").count == 3)
    #expect(text.hasSuffix("GET /b q 0"))
  }

  @Test func `a client over HTTP/1.0 gets an answer`() async throws {
    let text = try await answer(to: "GET / HTTP/1.0\r\n\r\n")
    #expect(text.contains(" 200 OK\r\n") && text.hasSuffix("GET / - 0"))
  }

  @Test func `a streamed body has chunks for a new client, and only its end for an old one`() async throws {
    let new = try await answer(to: "GET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(new.contains("transfer-encoding: chunked") && new.hasSuffix("3\r\nabc\r\n0\r\n\r\n"))
    let old = try await answer(to: "GET /stream HTTP/1.0\r\n\r\n")
    #expect(!old.contains("chunked") && old.hasSuffix("\r\n\r\nabc"))
    let head = try await answer(to: "HEAD /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(head.hasSuffix("\r\n\r\n") && !head.hasSuffix("0\r\n\r\n"))
    let two = try await answer(
      to: "GET /stream HTTP/1.1\r\nhost: x\r\n\r\nGET /stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(two.split(separator: "3\r\nabc\r\n0\r\n\r\n").count == 2)
  }

  @Test func `a prepared head is sent with the date and one length`() async throws {
    let get = try await answer(
      to: "GET /prepared HTTP/1.1\r\nhost: x\r\n\r\nGET /prepared HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(get.split(separator: "content-length: 3\r\n").count == 3 && get.split(separator: "date: ").count == 3)
    #expect(get.split(separator: "etag: \"x\"\r\n").count == 3 && get.hasSuffix("\r\n\r\nabc"))
    let head = try await answer(to: "HEAD /prepared HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(head.contains("content-length: 3\r\n") && head.hasSuffix("\r\n\r\n"))
    let held = try await answer(to: "GET /held HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    #expect(held.hasPrefix("HTTP/1.1 304 ") && held.contains("etag: \"x\"\r\n") && !held.contains("content-length"))
  }

  @Test func `several lines of a field are one value`() async throws {
    let text = try await answer(
      to: "GET /a HTTP/1.1\r\nhost: x\r\nif-none-match: \"a\"\r\nIf-None-Match: \"b\"\r\nconnection: close\r\n\r\n")
    #expect(text.hasSuffix("GET /a - 0 \"a\", \"b\""))
  }

  @Test func `a body over the limit is 413`() async throws {
    let text = try await answer(
      to: "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2000\r\n\r\n"
        + String(repeating: "x", count: 2_000)
    ) { $0.limits[.bodyBytes] = 1_000 }
    #expect(text.hasPrefix("HTTP/1.1 413 ") && text.contains("request_too_large"))
  }

  @Test(arguments: ["\u{0}\u{1}\u{2}\u{3}", "nonsense\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\nabcdefgh"])
  func `a malformed request is refused and its connection closed`(garbage: String) async throws {
    let text = try await answer(to: garbage)
    #expect(text.isEmpty || text.hasPrefix("HTTP/1.1 400 "))
  }

  @Test func `a connection that sends nothing is closed in time`() async throws {
    _ = try await answer(to: "PRI * HT") { $0.limits[.openingTime] = Carrier.openingTime }
  }

  @Test func `a connection over the limit is closed, and the others live on`() async throws {
    try await withEcho({ $0.limits[.connections] = 2 }) { connection, _, _, port in
      // Connections with open requests give way to none.
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      let second = try await RawClient(port: port)
      try await second.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(try await eventually { second.text.contains("tick") })
      let third = try await RawClient(port: port)
      #expect(try await eventually { third.isClosed })
      let response = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      #expect(Array(response.message) == [1])
      stream.cancel()
      await second.close()
    }
  }

  @Test func `a shutdown closes idle connections`() async throws {
    try await withEcho { _, _, server, port in
      let client = try await RawClient(port: port)
      try await client.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(try await eventually { client.text.hasSuffix("GET /a - 0") })
      try await server.shutDown(within: .seconds(5))
      #expect(try await eventually { client.isClosed })
    }
  }

  @Test(arguments: [
    ("", ""), ("PRI", ""), ("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n", "0\r\n\r\n"),
  ])
  func `a shutdown does not wait for a client that expects no answer`(request: String, end: String) async throws {
    try await withEcho { _, _, server, port in
      let client = try await RawClient(port: port)
      try await client.send(request)
      #expect(try await eventually { connections(server) == 2 && (end.isEmpty || client.text.contains("tick")) })
      let start = ContinuousClock.now
      try await server.shutDown(within: .seconds(60))
      #expect(ContinuousClock.now - start < .seconds(30))
      #expect(try await eventually { client.isClosed })
      #expect(client.text.hasSuffix(end))
    }
  }
}

func connections(_ server: Server) -> Double {
  server.families().first { $0.name == "rollcall_connections" }?.samples.first?.value ?? 0
}

@Suite struct HTTP2RESTTests {
  @Test func `prepared heads go out many times, over connections that come and go`() async throws {
    try await withEcho { _, _, _, port in
      for _ in 0..<3 {
        let client = try await RESTClient(port: port)
        for number in 0..<20 {
          let paths = (whole: "/prepared?\(number)", held: "/held?\(number)")
          try await client.request("GET", paths.whole)
          try await client.request("GET", paths.held)
          #expect(try await eventually { client.answer(paths.whole).isEnded && client.answer(paths.held).isEnded })
          #expect(client.answer(paths.whole).status == "200" && client.answer(paths.whole).body == "abc")
          #expect(client.answer(paths.held).status == "304" && client.answer(paths.held).body.isEmpty)
        }
        await client.close()
      }
    }
  }

  @Test func `several lines of a field are one value, and other requests see nothing of it`() async throws {
    try await withEcho { _, _, _, port in
      let client = try await RESTClient(port: port)
      try await client.request("GET", "/a", [("if-none-match", "\"a\""), ("x", "y"), ("if-none-match", "\"b\"")])
      #expect(try await eventually { client.answer("/a").isEnded })
      #expect(client.answer("/a").body == "GET /a - 0 \"a\", \"b\"")
      try await client.request("GET", "/b")
      #expect(try await eventually { client.answer("/b").isEnded })
      #expect(client.answer("/b").body == "GET /b - 0")
      await client.close()
    }
  }
}

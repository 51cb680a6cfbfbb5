import GRPC
import HTTP
import Synchronization
import Testing

@testable import Transport

@Suite struct TurnTests {
  private func get(_ path: String, _ more: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nhost: x\r\n\(more)\r\n"
  }

  // MARK: Nothing yet

  @Test func `a call that has nothing yet is asked until it ends, without a wake`() async throws {
    try await withEcho { connection, service, _, _ in
      service.gate.open()
      let stream = try await connection.serverStreaming("/test.Echo/Hesitate", [], options: CallOptions())
      #expect(try await stream.next() == nil)
      #expect(service.gate.log.produced == 1_001)
    }
  }

  @Test func `a body that has nothing yet is asked until it ends, without a wake`() async throws {
    try await withEcho { _, service, _, port in
      service.gate.open()
      let (raw, client) = (try await RawClient(port: port), try await RESTClient(port: port))
      try await raw.send(get("/hesitate"))
      #expect(try await eventually { raw.text.hasSuffix("0\r\n\r\n") })
      #expect(service.gate.log.produced == 1_001)
      try await client.request("GET", "/hesitate")
      #expect(try await eventually { client.answer("/hesitate").isEnded })
      #expect(service.gate.log.produced == 2_002 && service.gate.log.closed == 2)
      await raw.close()
      await client.close()
    }
  }

  @Test(arguments: [false, true])
  func `other connections are answered while many streams have nothing yet`(isHTTP1: Bool) async throws {
    try await withEcho { _, service, _, port in
      var (raw, clients) = ([RawClient](), [RESTClient]())
      for _ in 0..<5 {
        if isHTTP1 {
          raw.append(try await RawClient(port: port))
          try await raw.last?.send(get("/hesitate"))
        } else {
          clients.append(try await RESTClient(port: port))
          try await clients.last?.request("GET", "/hesitate")
        }
      }
      #expect(try await eventually { service.gate.log.produced > 6_000 })
      let other = try await RawClient(port: port)
      try await other.send(get("/a"))
      #expect(try await eventually { other.text.hasSuffix("GET /a - 0") })
      service.gate.open()
      #expect(try await eventually { service.gate.log.closed == 5 })
      for client in raw { await client.close() }
      for client in clients { await client.close() }
      await other.close()
    }
  }

  // MARK: Many requests

  @Test(arguments: [false, true])
  func `many requests that arrive together do not hold up other connections`(isHTTP1: Bool) async throws {
    try await withEcho { _, service, _, port in
      let paths = (0..<300).map { "/busy/\($0)" }
      let (raw, client) = (try await RawClient(port: port), try await RESTClient(port: port))
      let other = try await RawClient(port: port)
      try await other.send(get("/a"))
      #expect(try await eventually { other.text.hasSuffix("GET /a - 0") })
      if isHTTP1 {
        try await raw.send(paths.map { get($0) }.joined())
      } else {
        for path in paths { try await client.request("GET", path) }
      }
      #expect(try await eventually { service.gate.paths.withLock { $0.count > 1 } })
      try await other.send(get("/b"))
      #expect(try await eventually { service.gate.paths.withLock { $0.count == 302 } })
      let order = service.gate.paths.withLock { $0 }
      #expect(order.filter { $0.hasPrefix("/busy") } == paths)
      #expect(order.contains("/b"))
      if isHTTP1 {
        #expect(try await eventually { raw.text.hasSuffix("GET /busy/299 - 0") })
      } else {
        #expect(try await eventually { paths.allSatisfy { client.answer($0).body == "GET \($0) - 0" } })
      }
      await raw.close()
      await client.close()
      await other.close()
    }
  }

  // MARK: Large bodies

  @Test func `a large body arrives whole and in order over both protocols`() async throws {
    try await withEcho { _, _, _, port in
      let (raw, client) = (try await RawClient(port: port), try await RESTClient(port: port, window: 4_000_000))
      try await raw.send(get("/large") + get("/large") + get("/b"))
      try await client.request("GET", "/large")
      #expect(try await eventually { raw.text.hasSuffix("GET /b - 0") })
      var rest = raw.bytes[...]
      for _ in 0..<2 {
        let end = try #require(rest.firstRange(of: Array("\r\n\r\n".utf8)))
        #expect(String(decoding: rest[..<end.lowerBound], as: UTF8.self).contains("content-length: 3000000"))
        rest = rest[end.upperBound...]
        let isSame = rest.prefix(3_000_000).elementsEqual(LargeBody.bytes)
        #expect(isSame)
        rest = rest.dropFirst(3_000_000)
      }
      #expect(try await eventually { client.answer("/large").isEnded })
      let isSame = client.answer("/large").body.utf8.elementsEqual(LargeBody.bytes)
      #expect(isSame)
      await raw.close()
      await client.close()
    }
  }

  @Test func `a slow reader gets a large body to its end although the server shuts down`() async throws {
    try await withEcho { _, _, server, port in
      let raw = try await RawClient(port: port, reads: false)
      try await raw.send(get("/huge"))
      try await raw.read(all: false)
      #expect(try await eventually { !raw.bytes.isEmpty })
      async let down: Void = server.shutDown(within: .seconds(60))
      #expect(try await eventually { connections(server) == 1 })
      try await raw.read(all: true)
      try await down
      #expect(try await eventually { raw.isClosed })
      let end = try #require(raw.bytes.firstRange(of: Array("\r\n\r\n".utf8)))
      #expect(raw.bytes.count - end.upperBound == 30_000_000)
      let isSame = raw.bytes.suffix(3_000_000).elementsEqual(LargeBody.bytes)
      #expect(isSame)
    }
  }
}

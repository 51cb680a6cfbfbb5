import GRPC
import HTTP
import HTTP2
import Synchronization
import Testing

@testable import Transport

/// Limits of connections that clients meet, over sockets.
@Suite struct ConnectionLimitTests {
  private static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
  /// The preface and empty SETTINGS.
  private static let start = preface + "\0\0\0\u{4}\0\0\0\0\0"
  private static let ping = "\0\0\u{8}\u{6}\0\0\0\0\012345678"
  private static let get = "GET /a HTTP/1.1\r\nhost: x\r\n\r\n"

  // MARK: Deadlines

  @Test(arguments: [
    "", "P", preface, preface + "\0\0", "GET", "GET /a HTTP/1.1\r\nhost: x\r\n", start + "\0\0\u{8}\u{6}",
    start + "\0\0\u{1}\u{1}\u{4}\0\0\0\u{1}",
  ])
  func `a connection whose first bytes, SETTINGS, head or frame does not end is closed`(bytes: String) async throws {
    try await withEcho({ ($0.limits[.openingTime], $0.limits[.headTime]) = (Carrier.openingTime, 200) }) {
      connection, _, server, port in
      await connection.close()
      #expect(try await eventually { connections(server) == 0 })
      func count() -> Int { server.core.limits[.openingTime] + server.core.limits[.headTime] }
      // On a busy machine the connection before may have met the limit, too.
      let before = count()
      let client = try await RawClient(port: port)
      if !bytes.isEmpty { try await client.send(bytes) }
      #expect(try await eventually { client.isClosed })
      #expect(count() == before + 1)
    }
  }

  @Test(arguments: [start, start + ping, get]) func `an idle connection is closed in order`(bytes: String) async throws
  {
    try await withEcho({ $0.limits[.idleTime] = 1_000 }) { connection, _, server, port in
      await connection.close()
      let client = try await RawClient(port: port)
      try await client.send(bytes)
      #expect(try await eventually { client.isClosed })
      #expect(!client.hasFailed)
    }
  }

  @Test func `a quiet watch is not idle`() async throws {
    try await withEcho({ $0.limits[.idleTime] = 2_000 }) { connection, service, server, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      try await Task.sleep(for: .seconds(5))
      #expect(service.log.closed == 0 && connections(server) == 1)
      stream.cancel()
    }
  }

  @Test func `a body that trickles is answered 408 over HTTP/2, and the connection lives on`() async throws {
    try await withEcho({ ($0.limits[.bodyTime], $0.limits[.bodyRate]) = (1_000, 1_000) }) { _, _, server, port in
      let client = try await RESTClient(port: port)
      try await client.request("POST", "/slowly", body: nil)
      try await client.send([1], "/slowly")
      #expect(try await eventually { client.answer("/slowly").status == "408" })
      try await client.request("GET", "/next")
      #expect(try await eventually { client.answer("/next").status == "200" })
      #expect(server.core.limits[.bodyTime] == 1)
      await client.close()
    }
  }

  @Test func `a stream whose window stays shut is reset, and others of its connection go on`() async throws {
    try await withEcho({ $0.limits[.stallTime] = 1_000 }) { _, _, server, port in
      let client = try await RESTClient(port: port, window: 1_000)
      try await client.request("GET", "/large")
      #expect(try await eventually { client.answer("/large").resetCode == .enhanceYourCalm })
      try await client.request("GET", "/next")
      #expect(try await eventually { client.answer("/next").status == "200" })
      #expect(server.core.limits[.stallTime] == 1)
      await client.close()
    }
  }

  @Test func `a connection is asked to go at its age, and its watches are ended after the grace`() async throws {
    // The call has to begin before that age, also after a handshake on a busy machine.
    try await withEcho({ ($0.limits[.maxAge], $0.limits[.maxAgeGrace]) = (Carrier.openingTime + 2_000, 1_000) }) {
      connection, service, server, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      let status = await #expect(throws: Status.self) { while try await stream.next() != nil {} }
      #expect(status?.code == .unavailable)
      #expect(try await eventually { service.log.closed == 1 })
      #expect(try await eventually { connections(server) == 0 })
    }
  }

  @Test func `a client that does not answer a ping is closed`() async throws {
    try await withEcho({ ($0.limits[.keepaliveTime], $0.limits[.keepaliveTimeout]) = (1_000, 1_000) }) {
      connection, _, server, port in
      // A client that answers pings stays.
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      let client = try await RawClient(port: port)
      // A request whose head is whole and whose body is not.
      try await client.send(Self.start + "\0\0\u{6}\u{1}\u{4}\0\0\0\u{1}")
      try await client.send(bytes: [0x83, 0x86, 0x84, 0x41, 1, 0x61])
      #expect(try await eventually { client.isClosed })
      #expect(server.core.limits[.keepaliveTimeout] == 1 && connections(server) == 1)
      stream.cancel()
    }
  }

  // MARK: Room for others

  @Test func `at the limit the longest idle connection gives way to a new one`() async throws {
    try await withEcho({ ($0.limits[.connections], $0.limits[.reservedConnections]) = (2, 0) }) {
      connection, _, server, port in
      await connection.close()
      #expect(try await eventually { connections(server) == 0 })
      let first = try await RawClient(port: port)
      try await first.send(Self.get)
      #expect(try await eventually { first.text.contains("200") })
      let second = try await RawClient(port: port)
      try await second.send("G")
      // The connection that never had a whole request gives way.
      var third = try await RawClient(port: port)
      try? await third.send(Self.get)
      #expect(
        try await eventually {
          third.isClosed || third.text.contains("200")
        })
      while third.isClosed {
        third = try await RawClient(port: port)
        try? await third.send(Self.get)
        let now = third
        #expect(try await eventually { now.isClosed || now.text.contains("200") })
      }
      let last = third
      #expect(try await eventually { last.text.contains("200") && second.isClosed })
      #expect(server.core.limits[.connections] >= 1)
    }
  }

  @Test func `connections with requests do not give way, and health has places of its own`() async throws {
    try await withEcho({ ($0.limits[.connections], $0.limits[.reservedConnections]) = (1, 1) }) {
      connection, _, server, port in
      // An answer shows that the server has the request: until then the connection is idle, and would give way.
      let stream = try await connection.serverStreaming("/test.Echo/Expand", [0, 0, 1], options: CallOptions())
      _ = try await stream.next()
      let health = try await RawClient(port: port)
      try await health.send("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(try await eventually { health.text.contains("200") })
      // Long enough for an idle connection at a usual place to give way.
      try await Task.sleep(for: .milliseconds(150))
      let refused = try await RawClient(port: port)
      #expect(try await eventually { refused.isClosed })
      #expect(try await eventually { health.isClosed }, "a reserved place is for one request")
      let other = try await RawClient(port: port)
      try await other.send(Self.get)
      #expect(try await eventually { other.text.contains("503") && other.isClosed })
      #expect(try await eventually { connections(server) == 1 })
      stream.cancel()
    }
  }

  @Test func `one address cannot have more connections than its share`() async throws {
    try await withEcho({ $0.limits[.connectionsPerPeer] = 1 }) { _, _, server, port in
      let second = try await RawClient(port: port)
      try? await second.send(Self.get)
      #expect(try await eventually { second.isClosed || second.text.contains("200") })
      #expect(server.core.limits[.connectionsPerPeer] >= 1 || second.text.contains("200"))
    }
  }

  // MARK: Memory

  @Test func `answers that nobody reads are not made beyond the limit, and all are made in the end`() async throws {
    try await withEcho({ $0.limits[.unsentBytes] = 100_000 }) { _, service, server, port in
      let client = try await RESTClient(port: port, window: 10)
      for number in 0..<10 { try await client.request("GET", "/many/large/\(number)") }
      #expect(try await eventually { service.gate.paths.withLock { $0.count } == 10 })
      await client.close()
    }
  }

  // MARK: Faults

  @Test func `pings without a pause end the connection with too_many_pings`() async throws {
    try await withEcho { connection, _, server, port in
      let client = try await RawClient(port: port)
      try await client.send(Self.start + String(repeating: Self.ping, count: 10))
      #expect(try await eventually { client.isClosed })
      #expect(client.text.contains("too_many_pings") && server.core.limits[.pingInterval] == 1)
      // Nobody else is disturbed.
      #expect(try await connection.unary("/test.Echo/Unary", [7], options: CallOptions()).message == [7])
    }
  }

  @Test(arguments: ["/endless", "/slow/a"]) func `a client that ends its side gets what can still be complete`(
    path: String
  ) async throws {
    try await withEcho { connection, service, server, port in
      await connection.close()
      let client = try await RawClient(port: port, closes: false)
      let head = [0x82, 0x86, 0x41, 1, 0x61, 0x04, UInt8(path.utf8.count)] + Array(path.utf8)
      try await client.send(Self.start + "\0\0")
      try await client.send(bytes: [UInt8(head.count), 1, 5, 0, 0, 0, 1] + head)
      #expect(try await eventually { service.gate.paths.withLock { $0 } == [path] })
      try await client.shutDown()
      if path == "/slow/a" {
        try await Task.sleep(for: .milliseconds(100))
        service.gate.open()
        #expect(try await eventually { client.text.contains("GET /slow/a") })
      }
      #expect(try await eventually { connections(server) == 0 })
      await client.close()
    }
  }
}

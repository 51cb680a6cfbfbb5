import HTTP
import Synchronization
import Testing

@testable import Transport

/// The deadlines that close a whole connection: its client reads nothing, or does not end it.
@Suite struct ConnectionDeadlineTests {
  @Test func `a client over HTTP/1.1 that reads nothing is closed after the stall time-out`() async throws {
    try await withEcho({ $0.limits[.stallTime] = 100 }) { connection, service, server, port in
      await connection.close()
      let client = try await RawClient(port: port, reads: false)
      try await client.send("GET /huge HTTP/1.1\r\nhost: x\r\n\r\n")
      #expect(try await eventually { service.gate.paths.withLock { $0 } == ["/huge"] })
      #expect(try await eventually { connections(server) == 0 })
      try await client.read(all: true)
      #expect(try await eventually { client.isClosed })
      #expect(client.bytes.count < 10 * LargeBody.bytes.count, "the answer is cut")
    }
  }

  @Test func `a client over HTTP/2 that reads nothing is closed after the stall time-out`() async throws {
    try await withEcho({ $0.limits[.stallTime] = 100 }) { connection, service, server, port in
      await connection.close()
      let client = try await RESTClient(port: port, window: 100_000_000, reads: false)
      try await client.request("GET", "/huge")
      #expect(try await eventually { service.gate.paths.withLock { $0 } == ["/huge"] })
      #expect(try await eventually { connections(server) == 0 })
      await client.close()
    }
  }

  @Test(arguments: [
    "GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nno frame of HTTP/2",
  ])
  func `a client that stays open after the server's end is closed after the linger time-out`(
    bytes: String
  ) async throws {
    try await withEcho({ $0.limits[.lingerTime] = 100 }) { connection, _, server, port in
      await connection.close()
      let client = try await RawClient(port: port, closes: false)
      try await client.send(bytes)
      #expect(try await eventually { client.hasEnded })
      #expect(try await eventually { connections(server) == 0 })
      #expect(!client.isClosed)
      await client.close()
    }
  }
}

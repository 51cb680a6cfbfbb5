import GRPC
import HTTP
import HTTP2
import Logging
import NIOCore
import Testing

@testable import Transport

/// Connections of proxies, which begin with a PROXY header.
@Suite struct ProxyProtocolTests {
  private static let get = "GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
  private static let line = "PROXY TCP4 10.1.2.3 192.0.2.1 12345 8080\r\n"
  private static let start = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0"
  private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10]

  /// A server that takes all connections from this machine for a proxy's.
  private func behindProxy(
    _ configure: (inout ServerConfiguration) -> Void = { _ in }, _ body: (Server, Int) async throws -> Void
  ) async throws {
    let service = EchoService()
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.threads = 1
    // A busy machine may take its time between a connect and the first byte.
    configuration.limits[.openingTime] = 3_600_000
    configuration.proxyProtocol = [AddressRange("127.0.0.0/8")].compactMap(\.self)
    configure(&configuration)
    let server = Server(
      configuration: configuration, services: [service], responder: Mirror(gate: service.gate),
      logger: Logger(label: "test"))
    let port = try #require(try await server.start().clear?.port)
    try await body(server, port)
    try await server.shutDown(within: .seconds(5))
  }

  @Test(arguments: [
    Array(line.utf8), Array("PROXY UNKNOWN\r\n".utf8), Array("PROXY TCP6 2001:db8::1 ::1 1 2\r\n".utf8),
    signature + [0x20, 0, 0, 0], signature + [0x21, 0x11, 0, 15, 10, 0, 0, 1, 10, 0, 0, 2, 0, 1, 0, 2, 4, 0, 0],
  ])
  func `what follows the header is the client's`(header: [UInt8]) async throws {
    try await behindProxy { _, port in
      for more in [Self.get, Self.start] {
        // At once, in two pieces, and byte by byte.
        for pieces in [
          [header + Array(more.utf8)], [header, Array(more.utf8)], (header + Array(more.utf8)).map { [$0] },
        ] {
          let client = try await RawClient(port: port, isSecured: false)
          for piece in pieces { try await client.send(bytes: piece) }
          let answer = more == Self.get ? Array("HTTP/1.1 200 OK\r\n".utf8) : [0, 0]
          #expect(try await eventually { client.bytes.starts(with: answer) && !client.bytes.isEmpty })
          #expect(!client.text.contains("PROXY"))
          await client.close()
        }
      }
    }
  }

  @Test(arguments: [
    Self.get, Self.start, "PROXY TCP4 10.1.2.3\r\n", "PROXY " + String(repeating: "x", count: 200),
    "\r\n\r\n\0\r\nQUIT\n\u{31}",
    "\u{16}\u{3}\u{1}",
  ])
  func `a connection that does not begin with a header is closed without an answer`(bytes: String) async throws {
    try await behindProxy { server, port in
      let client = try await RawClient(port: port, isSecured: false)
      try await client.send(bytes)
      #expect(try await eventually { client.isClosed })
      #expect(client.bytes.isEmpty)
      #expect(try await eventually { server.core.connections.count == 0 })
    }
  }

  @Test(arguments: ["", "P", "PROXY TCP4 10.1.2.3 ", "\r\n\r\n\0\r\nQUIT\n", line, line + "GET /a"])
  func `a header and what has to follow come within one time`(bytes: String) async throws {
    try await behindProxy({ $0.limits[.openingTime] = 1_000 }) { server, port in
      let client = try await RawClient(port: port, isSecured: false)
      // A busy machine may come too late for its own bytes.
      if !bytes.isEmpty { try? await client.send(bytes) }
      // HTTP/1.1 has shown itself: from there on the time for a head holds.
      guard !bytes.contains("GET") else { return }
      #expect(try await eventually { client.isClosed })
      #expect(client.bytes.isEmpty && server.core.limits[.openingTime] == 1)
    }
  }

  @Test func `a header does not give the connection more time`() async throws {
    try await behindProxy({ $0.limits[.openingTime] = 6_000 }) { _, port in
      let client = try await RawClient(port: port, isSecured: false)
      let start = ContinuousClock.now
      try await Task.sleep(for: .seconds(4))
      let before = ContinuousClock.now - start
      // The connection may be closed by now.
      try? await client.send(Self.line)
      #expect(try await eventually { client.isClosed })
      #expect(ContinuousClock.now - start < before + .milliseconds(5_900))
    }
  }

  @Test func `a client that ends within the header has its connection closed`() async throws {
    try await behindProxy { _, port in
      let client = try await RawClient(port: port, closes: false, isSecured: false)
      try await client.send("PROXY TCP4")
      try await client.shutDown()
      #expect(try await eventually { client.isClosed || client.hasEnded })
      await client.close()
    }
  }

  @Test func `the limits of one address hold for the client of the header`() async throws {
    try await behindProxy({ $0.limits[.connectionsPerPeer] = 1 }) { server, port in
      func connect(_ address: String) async throws -> RawClient {
        let client = try await RawClient(port: port, isSecured: false)
        // A request that is not whole: the connection is not idle.
        let request = "POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12"
        try await client.send("PROXY TCP4 \(address) 192.0.2.1 1 1\r\n" + request)
        return client
      }
      let (first, other) = (try await connect("10.0.0.1"), try await connect("10.0.0.2"))
      let peers = [
        Peer(try SocketAddress(ipAddress: "10.0.0.1", port: 0)),
        Peer(try SocketAddress(ipAddress: "10.0.0.2", port: 0)),
      ]
      #expect(try await eventually { peers.allSatisfy { server.core.connections.count(of: $0) == 1 } })
      let second = try await connect("10.0.0.1")
      #expect(try await eventually { second.isClosed })
      #expect(!first.isClosed && !other.isClosed && server.core.limits[.connectionsPerPeer] == 1)
      await first.close()
      #expect(try await eventually { server.core.connections.count == 1 })
      let third = try await connect("10.0.0.1")
      #expect(try await eventually { server.core.connections.count == 2 })
      #expect(!third.isClosed)
      for client in [other, third] { await client.close() }
      #expect(try await eventually { server.core.connections.count == 0 })
    }
  }

  @Test func `a connection that waits for its header ends with a shutdown, and gives way to another`() async throws {
    try await behindProxy({ ($0.limits[.connections], $0.limits[.reservedConnections]) = (1, 0) }) { server, port in
      let first = try await RawClient(port: port, isSecured: false)
      #expect(try await eventually { server.core.connections.count == 1 })
      try await Task.sleep(for: .milliseconds(50))
      let second = try await RawClient(port: port, isSecured: false)
      #expect(try await eventually { first.isClosed || second.isClosed })
      try await server.shutDown(within: .seconds(5))
      #expect(try await eventually { first.isClosed && second.isClosed })
    }
  }

  @Test(arguments: ["127.0.0.1", "::1", "10.1.2.3"]) func `no client of a header is on this machine`(address: String)
    throws
  {
    let loopback = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
    for client in [nil, ProxyHeader.Client?.some(.init(address: address, port: 1))] {
      #expect(!Peer(ProxyHeader(client: client), from: loopback, trusted: []).isLoopback)
    }
  }

  @Test func `the peer is the client of the header, or else the proxy`() throws {
    let (proxy, client) = (
      try SocketAddress(ipAddress: "10.0.0.9", port: 1), try SocketAddress(ipAddress: "10.1.2.3", port: 7)
    )
    let header = ProxyHeader(client: .init(address: "10.1.2.3", port: 9))
    #expect(Peer(header, from: proxy, trusted: []).id == Peer(client).id)
    #expect(Peer(ProxyHeader(client: nil), from: proxy, trusted: []).id == Peer(proxy).id)
    let trusted = [AddressRange("10.1.0.0/16")].compactMap(\.self)
    #expect(Peer(header, from: proxy, trusted: trusted).id == 0)
  }

  @Test(arguments: [Array(line.utf8), signature + [0x21, 0x11, 0, 0]])
  func `a header from another address is no request`(header: [UInt8]) async throws {
    try await withEcho { _, _, _, port in
      let client = try await RawClient(port: port)
      try await client.send(bytes: header + Array(Self.get.utf8))
      #expect(try await eventually { client.isClosed })
      #expect(client.text.hasPrefix("HTTP/1.1 400 "))
    }
  }
}

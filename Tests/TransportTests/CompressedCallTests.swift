import GRPC
import HTTP
import HTTP2
import TestKit
import Testing

@testable import Transport

/// The rules of grpc/doc/compression.md.
@Suite struct CompressedCallTests {
  private static let gzip = [("grpc-encoding", "gzip")]

  private static func compressed(_ content: [UInt8]) -> [UInt8] {
    let bytes = gzipped(content)
    return [1] + MessageFrame.prefix(bytes.count).dropFirst() + bytes
  }

  private static func noise(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
  }

  private func withFrames(
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (FrameClient, Server) async throws -> Void
  ) async throws {
    try await withEcho(configure) { _, _, server, port in
      let client = try await FrameClient(port: port)
      do {
        try await body(client, server)
      } catch {
        await client.close()
        throw error
      }
      await client.close()
    }
  }

  @Test(arguments: [0, 1, 1_000, 65_536, 65_537, 3_000_000, 4_194_304])
  func `a compressed request of any size is read`(size: Int) async throws {
    try await withFrames { client, _ in
      let content = Self.noise(size)
      let answer = try await client.call("/test.Echo/Unary", Self.compressed(content), Self.gzip)
      #expect(answer.code == 0 && answer.body == framed(content))
      #expect(answer.head["grpc-accept-encoding"] == "identity,gzip" && answer.head["grpc-encoding"] == nil)
    }
  }

  @Test func `each message of a call is compressed or plain by its own flag`() async throws {
    try await withFrames { client, _ in
      let contents = [Self.noise(10), [], Self.noise(200_000), [7], Self.noise(70_000), Self.noise(3)]
      var body = [UInt8]()
      for (index, content) in contents.enumerated() {
        body += index % 2 == 0 ? Self.compressed(content) : framed(content)
      }
      let answer = try await client.call("/test.Echo/Chat", body + Self.compressed([]), Self.gzip)
      #expect(answer.code == 0 && answer.body == (contents + [[]]).flatMap { framed($0) })
      let plain = try await client.call("/test.Echo/Unary", framed([1, 2]), Self.gzip)
      #expect(plain.code == 0 && plain.body == framed([1, 2]))
    }
  }

  @Test(arguments: ["/test.Echo/Unary", "/test.Echo/Chat", "/test.Echo/Expand"])
  func `a broken compressed message is INTERNAL, and the connection lives on`(path: String) async throws {
    try await withFrames { client, _ in
      let whole = gzipped(Self.noise(100_000))
      for bytes in [[], [0x1f], Array(whole.dropLast()), whole + [0], whole.map { ~$0 }, gzipped([1]) + [9]] {
        let frame = [1] + MessageFrame.prefix(bytes.count).dropFirst() + bytes
        let answer = try await client.call(path, frame, Self.gzip)
        #expect(answer.code == Status.Code.internal.rawValue && answer.message.contains("gzip"), "\(bytes.count)")
      }
      for fields in [[], [("grpc-encoding", "identity")]] {
        let answer = try await client.call(path, Self.compressed([1]), fields)
        #expect(answer.code == Status.Code.internal.rawValue && answer.message.contains("compressed flag"))
      }
      let body = try await client.call("/test.Echo/Unary", framed([5])).body
      #expect(body == framed([5]))
    }
  }

  @Test func `a stream of several members is one message`() async throws {
    try await withFrames { client, _ in
      let bytes = gzipped([1, 2]) + gzipped([]) + gzipped([3])
      let frame = [1] + MessageFrame.prefix(bytes.count).dropFirst() + bytes
      let body = try await client.call("/test.Echo/Unary", frame, Self.gzip).body
      #expect(body == framed([1, 2, 3]))
    }
  }

  @Test(arguments: ["snappy", "deflate", "x-gzip", "identity,gzip"])
  func `an unknown encoding is UNIMPLEMENTED, and the answer has the known encodings`(encoding: String) async throws {
    try await withFrames { client, _ in
      let answer = try await client.call("/test.Echo/Unary", framed([1]), [("grpc-encoding", encoding)])
      #expect(answer.code == Status.Code.unimplemented.rawValue)
      #expect(answer.message.contains(encoding) && answer.message.contains("identity or gzip"))
      #expect(answer.head["grpc-accept-encoding"] == "identity,gzip")
    }
  }

  @Test(arguments: ["/test.Echo/Unary", "/test.Echo/Chat"])
  func `a message that expands beyond the limit is RESOURCE_EXHAUSTED`(path: String) async throws {
    try await withFrames({ $0.limits[.messageBytes] = 1_000_000 }) { client, server in
      for size in [1_000_001, 40_000_000] {
        let bomb = Self.compressed([UInt8](repeating: 0, count: size))
        let answer = try await client.call(path, bomb, Self.gzip)
        #expect(answer.code == Status.Code.resourceExhausted.rawValue && answer.message.contains("1000000 bytes"))
      }
      #expect(server.core.limits[.messageBytes] == 2)
      let fits = [UInt8](repeating: 0, count: 1_000_000)
      let body = try await client.call(path, Self.compressed(fits), Self.gzip).body
      #expect(body == framed(fits))
    }
  }

  @Test func `many messages that expand at once are inflated one by one, and other calls are answered`() async throws {
    try await withFrames { client, server in
      let bomb = Self.compressed([UInt8](repeating: 0, count: 8_000_000))
      var calls = [Stream]()
      for _ in 0..<40 { calls.append(try await client.start("/test.Echo/Unary", bomb, Self.gzip)) }
      let body = try await client.call("/test.Echo/Unary", framed([5])).body
      #expect(body == framed([5]))
      for call in calls {
        let code = try await client.answer(on: call).code
        #expect(code == Status.Code.resourceExhausted.rawValue)
      }
      #expect(server.core.inflations.figures.running == 0)
    }
  }

  @Test func `a reply that takes time follows a large compressed request`() async throws {
    try await withEcho { _, service, server, port in
      let client = try await FrameClient(port: port)
      service.gate.open()
      let content = Self.noise(500_000)
      let answer = try await client.call("/test.Echo/Slow", Self.compressed(content), Self.gzip)
      await client.close()
      #expect(answer.code == 0 && answer.body == framed(content))
      #expect(server.core.inflations.figures.refused == 0 && server.core.tasks.figures.refused == 0)
    }
  }

  @Test func `a call that ends while its message is inflated is over`() async throws {
    try await withFrames { client, server in
      let large = Self.compressed([UInt8](repeating: 0, count: 4_000_000))
      for _ in 0..<20 { _ = try await client.start("/test.Echo/Unary", large, Self.gzip + [("grpc-timeout", "1m")]) }
      let body = try await client.call("/test.Echo/Unary", framed([5])).body
      #expect(body == framed([5]))
      #expect(try await eventually { server.core.inflations.figures == (0, 0, 0) })
    }
  }

  @Test func `an answer is compressed only for a client that takes gzip`() async throws {
    try await withFrames { client, _ in
      let content = Self.noise(10_000)
      for (accepted, isCompressed) in [
        ("gzip", true), ("identity, deflate, gzip", true), ("identity", false), ("", false),
      ] {
        let fields = [("x-gzip", "echo"), ("grpc-accept-encoding", accepted)]
        let answer = try await client.call("/test.Echo/Unary", framed(content), fields)
        #expect(answer.code == 0 && answer.head["grpc-accept-encoding"] == "identity,gzip")
        #expect(answer.head["grpc-encoding"] == (isCompressed ? "gzip" : nil), "\(accepted)")
        #expect(answer.body == (isCompressed ? Self.compressed(content) : framed(content)))
      }
    }
  }

  @Test(arguments: [0, 1, 100_000])
  func `this client takes compressed answers`(size: Int) async throws {
    try await withEcho { connection, _, _, _ in
      var options = CallOptions()
      options.metadata.append("x-gzip", "echo")
      let content = Self.noise(size)
      let response = try await connection.unary("/test.Echo/Unary", content, options: options)
      #expect(Array(response.message) == content)
    }
  }

  @Test(arguments: [("broken", Status.Code.internal), ("bomb", .resourceExhausted)])
  func `an answer that is broken or expands too far fails the call of this client`(
    kind: String, code: Status.Code
  ) async throws {
    try await withEcho { connection, _, _, _ in
      var options = CallOptions()
      options.metadata.append("x-gzip", kind)
      let status = await #expect(throws: Status.self) {
        try await connection.unary("/test.Echo/Unary", Self.noise(1_000), options: options)
      }
      #expect(status?.code == code)
      let next = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      #expect(Array(next.message) == [1])
    }
  }
}

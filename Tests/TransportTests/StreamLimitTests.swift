import GRPC
import HTTP
import HTTP2
import Testing

@testable import Transport

/// The client at a server that allows few streams on one connection.
@Suite struct StreamLimitTests {
  @Test func `a call that the connection has no stream for gets another connection`() async throws {
    try await withEcho({ $0.limits[.streams] = 1 }) { connection, service, server, _ in
      // From here on the client knows the server's limit.
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      #expect(connections(server) == 1)
      let watch = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      for byte in UInt8(1)...5 {
        let response = try await connection.unary(
          "/test.Echo/Unary", [byte], options: CallOptions(timeout: .seconds(60)))
        #expect(Array(response.message) == [byte])
      }
      #expect(connections(server) == 2)
      watch.cancel()
      #expect(try await eventually { service.log.closed == 1 })
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      #expect(connections(server) == 2)
    }
  }

  @Test func `a call fails when all connections of its client are full`() async throws {
    try await withEcho({ $0.limits[.streams] = 1 }) { connection, service, server, _ in
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      var watches: [any ResponseStream] = []
      for count in 1...8 {
        watches.append(try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions()))
        #expect(try await eventually { connections(server) == Double(count) })
      }
      let error = await #expect(throws: Status.self) {
        try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      }
      #expect(error?.code == .resourceExhausted)
      watches.removeFirst().cancel()
      #expect(try await eventually { service.log.closed == 1 })
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      for watch in watches { watch.cancel() }
    }
  }

  @Test func `a further connection that is lost is made again`() async throws {
    try await withEcho({ ($0.limits[.streams], $0.limits[.idleTime]) = (1, 2_500) }) { connection, _, server, _ in
      let watch = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      for _ in 0..<2 {
        _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
        #expect(connections(server) == 2)
        #expect(try await eventually { connections(server) == 1 })
      }
      watch.cancel()
    }
  }

  @Test func `calls that begin together open no more connections than one after the other`() async throws {
    try await withEcho({ $0.limits[.streams] = 1 }) { connection, service, server, _ in
      let calls = (0..<40).map { _ in
        Task { try await connection.unary("/test.Echo/Slow", [9], options: CallOptions()) }
      }
      let haveBegun = try await eventually { service.gate.counts.began == 8 }
      #expect(haveBegun)
      service.gate.open()
      var codes: [Status.Code: Int] = [:]
      for call in calls {
        switch await call.result {
        case .success: codes[.ok, default: 0] += 1
        case .failure(let error): codes[(error as? Status)?.code ?? .unknown, default: 0] += 1
        }
      }
      #expect(codes == [.ok: 8, .resourceExhausted: 32])
      #expect(connections(server) == 8)
    }
  }

  @Test func `closing the client closes all its connections`() async throws {
    try await withEcho({ $0.limits[.streams] = 1 }) { connection, _, server, _ in
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      let watch = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      await connection.close()
      #expect(try await eventually { connections(server) == 0 })
      let error = await #expect(throws: Status.self) { try await watch.next() }
      #expect(error?.code == .unavailable)
      await #expect(throws: Status.self) { try await connection.unary("/test.Echo/Unary", [1], options: CallOptions()) }
    }
  }
}

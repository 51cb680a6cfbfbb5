import GRPC
import HTTP
import Testing

@testable import Transport

@Suite struct CallTests {
  @Test(arguments: [0, 1, 5, 1_000, 70_000, 4_000_000])
  func `a unary call brings back its message of any size`(size: Int) async throws {
    try await withEcho { connection, _, _, _ in
      let message = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
      let response = try await connection.unary("/test.Echo/Unary", message, options: CallOptions())
      #expect(Array(response.message) == message)
    }
  }

  @Test func `metadata of text and bytes travels both ways`() async throws {
    try await withEcho { connection, _, _, _ in
      var options = CallOptions()
      options.metadata.append("x-echo-text", "hello")
      options.metadata.append("x-echo-bin", binary: [0, 255, 7])
      let response = try await connection.unary("/test.Echo/Unary", [1], options: options)
      #expect(response.initialMetadata["x-echo-text"] == "hello")
      #expect(response.trailingMetadata.values("x-echo-bin") == [[0, 255, 7]])
    }
  }

  @Test(arguments: Status.Code.allCases.dropFirst())
  func `a failure carries its code, its message and its details`(code: Status.Code) async throws {
    try await withEcho { connection, _, _, _ in
      var options = CallOptions()
      options.metadata.append("x-fail", "\(code.rawValue)")
      await #expect(throws: Status(code, "wanted: ü\n%", details: [1, 2, 3])) {
        try await connection.unary("/test.Echo/Unary", [1], options: options)
      }
    }
  }

  @Test(arguments: ["/test.Echo/Missing", "/test.Echo/Nothing", "/nothing", "/"])
  func `an unknown method is UNIMPLEMENTED`(path: String) async throws {
    try await withEcho { connection, _, _, _ in
      let status = await #expect(throws: Status.self) {
        try await connection.unary(path, [1], options: CallOptions())
      }
      #expect(status?.code == .unimplemented)
    }
  }

  @Test func `a message over the limit is RESOURCE_EXHAUSTED and the connection lives on`() async throws {
    try await withEcho({ $0.limits[.messageBytes] = 1_000 }) { connection, _, _, _ in
      let status = await #expect(throws: Status.self) {
        try await connection.unary(
          "/test.Echo/Unary", [UInt8](repeating: 1, count: 100_000), options: CallOptions())
      }
      #expect(status?.code == .resourceExhausted)
      let response = try await connection.unary("/test.Echo/Unary", [9], options: CallOptions())
      #expect(Array(response.message) == [9])
    }
  }

  @Test func `metadata over the limit is RESOURCE_EXHAUSTED`() async throws {
    try await withEcho { connection, _, _, _ in
      var options = CallOptions()
      options.metadata.append("x-big", String(repeating: "x", count: 20_000))
      let status = await #expect(throws: Status.self) {
        try await connection.unary("/test.Echo/Unary", [1], options: options)
      }
      #expect(status?.code == .resourceExhausted)
    }
  }

  @Test func `a thousand calls at once on one connection are all answered`() async throws {
    try await withEcho { connection, _, _, _ in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          let message = Array("\(number)".utf8)
          group.addTask {
            let response = try await connection.unary("/test.Echo/Unary", message, options: CallOptions())
            return Array(response.message) == message
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }
}

@Suite struct StreamingTests {
  @Test func `a streamed response brings every message and then its end`() async throws {
    try await withEcho { connection, service, _, _ in
      let stream = try await connection.serverStreaming(
        "/test.Echo/Expand", [7, 0x13, 0x88], options: CallOptions())
      var count = 0
      while let message = try await stream.next() {
        #expect(message.count == 1_024 && message.allSatisfy { $0 == 7 })
        count += 1
      }
      #expect(count == 5_000)
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `a client that reads nothing holds the server back`() async throws {
    try await withEcho { connection, service, _, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Expand", [7, 0, 0], options: CallOptions())
      _ = try await stream.next()
      var last = -1
      // Windows and socket buffers fill up, then it stands still.
      #expect(
        try await eventually {
          let now = service.log.produced
          defer { last = now }
          return now == last && now > 100
        })
      #expect(service.log.produced < 20_000)
      for _ in 0..<3_000 { _ = try await stream.next() }
      stream.cancel()
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `both sides of a call stream in turn`() async throws {
    try await withEcho { connection, service, _, _ in
      let call = try await connection.bidirectional("/test.Echo/Chat", options: CallOptions())
      for number in UInt8(0)..<50 {
        try await call.send([number, number])
        #expect(try await call.next().map { Array($0) } == [number, number])
      }
      call.finish()
      #expect(try await call.next() == nil)
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `messages sent ahead are answered in order`() async throws {
    try await withEcho { connection, _, _, _ in
      let call = try await connection.bidirectional("/test.Echo/Chat", options: CallOptions())
      for number in UInt8(0)..<100 { try await call.send([UInt8](repeating: number, count: 3_000)) }
      call.finish()
      for number in UInt8(0)..<100 { #expect(try await call.next()?.first == number) }
      #expect(try await call.next() == nil)
    }
  }

  @Test func `a deadline ends the call on both sides`() async throws {
    try await withEcho { connection, service, _, _ in
      let stream = try await connection.serverStreaming(
        "/test.Echo/Silent", [1], options: CallOptions(timeout: .milliseconds(50)))
      let status = await #expect(throws: Status.self) { try await stream.next() }
      #expect(status?.code == .deadlineExceeded)
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `a deadline ends a call whose client reads nothing`() async throws {
    try await withEcho { connection, service, _, _ in
      let stream = try await connection.serverStreaming(
        "/test.Echo/Expand", [7, 0, 0], options: CallOptions(timeout: .milliseconds(300)))
      #expect(try await eventually { service.log.closed == 1 })
      let status = await #expect(throws: Status.self) { while try await stream.next() != nil {} }
      #expect(status?.code == .deadlineExceeded)
    }
  }

  @Test func `a stream whose client reads nothing is given up`() async throws {
    // The connection itself must not stall while a busy machine deciphers the stream's window.
    try await withEcho({ $0.limits[.stallTime] = Carrier.isSecured ? 10_000 : 1_000 }) { connection, service, _, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Expand", [7, 0, 0], options: CallOptions())
      #expect(try await eventually { service.log.closed == 1 })
      let status = await #expect(throws: Status.self) { while try await stream.next() != nil {} }
      #expect(status?.code == .resourceExhausted)
      let response = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      #expect(Array(response.message) == [1])
    }
  }

  @Test func `large answers to messages sent ahead arrive, and then the end`() async throws {
    try await withEcho { connection, service, _, _ in
      let call = try await connection.bidirectional("/test.Echo/Chat", options: CallOptions())
      for number in UInt8(0)..<20 { try await call.send([UInt8](repeating: number, count: 40_000)) }
      call.finish()
      for number in UInt8(0)..<20 { #expect(try await call.next()?.first == number) }
      #expect(try await call.next() == nil)
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `sending on a call that is over fails`() async throws {
    try await withEcho { connection, _, _, _ in
      let call = try await connection.bidirectional("/test.Echo/Nothing", options: CallOptions())
      let status = await #expect(throws: Status.self) {
        while true { try await call.send([UInt8](repeating: 1, count: 10_000)) }
      }
      #expect(status?.code == .unimplemented)
    }
  }

  @Test func `a dropped call is cancelled on the server`() async throws {
    try await withEcho { connection, service, _, _ in
      _ = try await connection.serverStreaming("/test.Echo/Silent", [1], options: CallOptions())
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `a cancelled task ends its call`() async throws {
    try await withEcho { connection, service, _, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [1], options: CallOptions())
      let task = Task { try await stream.next() }
      task.cancel()
      let status = await #expect(throws: Status.self) { try await task.value }
      #expect(status?.code == .cancelled)
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `a lost connection closes its calls`() async throws {
    try await withEcho { connection, service, _, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [1], options: CallOptions())
      await connection.close()
      let status = await #expect(throws: Status.self) { try await stream.next() }
      #expect(status?.code == .unavailable)
      #expect(try await eventually { service.log.closed == 1 })
    }
  }

  @Test func `a shutdown ends streams with UNAVAILABLE`() async throws {
    try await withEcho { connection, service, server, _ in
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [1], options: CallOptions())
      async let next = stream.next()
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      try await server.shutDown(within: .seconds(5))
      do {
        _ = try await next
        Issue.record("the stream ended without an error")
      } catch let status as Status {
        #expect(status.code == .unavailable)
      }
      #expect(service.log.closed == 1)
    }
  }
}

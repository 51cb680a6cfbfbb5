import GRPC
import HTTP
import Metrics
import Synchronization
import Testing

@testable import Transport

@Suite struct LateCallTests {
  private static let path = "/test.Echo/Slow"

  /// How calls of the slow method ended, by code.
  private func ended(_ server: Server) -> [String: Double] {
    let family = server.families().first { $0.name == "rollcall_grpc_calls_total" }
    let samples = family?.samples.filter { $0.labels.contains { $0.value == Self.path } } ?? []
    return Dictionary(
      uniqueKeysWithValues: samples.filter { $0.value > 0 }.map { sample in
        (sample.labels.first { $0.name == "code" }?.value ?? "", sample.value)
      })
  }

  @Test func `other calls on the connection are answered while a reply is pending`() async throws {
    try await withEcho { connection, service, server, _ in
      async let slow = connection.unary(Self.path, [9, 8], options: CallOptions())
      #expect(try await eventually { service.gate.counts.began == 1 })
      for number in UInt8(0)..<20 {
        let response = try await connection.unary("/test.Echo/Unary", [number], options: CallOptions())
        #expect(Array(response.message) == [number])
      }
      #expect(ended(server).isEmpty)
      service.gate.open()
      let response = try await slow
      #expect(Array(response.message) == [9, 8])
      #expect(response.trailingMetadata["x-was"] == "slow")
      #expect(ended(server) == ["OK": 1])
      let times = server.families().first { $0.name == "rollcall_grpc_call_duration_seconds" }
      let timed = times?.samples.filter { $0.suffix == "_count" && $0.value > 0 } ?? []
      #expect(timed.map { $0.labels.first?.value } == ["/test.Echo/Unary", Self.path])
      #expect(timed.map(\.value) == [20, 1])
    }
  }

  @Test func `a late failure carries its code, its message and its details`() async throws {
    try await withEcho { connection, service, server, _ in
      service.gate.open()
      await #expect(throws: Status(.aborted, "wanted", details: [1, 2, 3])) {
        try await connection.unary(Self.path, [2], options: CallOptions())
      }
      #expect(ended(server) == ["ABORTED": 1])
    }
  }

  @Test func `a late reply that leads to another is INTERNAL`() async throws {
    try await withEcho { connection, _, _, _ in
      let status = await #expect(throws: Status.self) {
        try await connection.unary("/test.Echo/Nested", [1], options: CallOptions())
      }
      #expect(status?.code == .internal)
    }
  }

  @Test func `many late replies at once are all made, some at a time`() async throws {
    try await withEcho({ ($0.limits[.tasks], $0.limits[.tasksPerPeer]) = (8, 1_000) }) {
      connection, service, server, _ in
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<500 {
          let message = [9] + Array("\(number)".utf8)
          group.addTask {
            Array(try await connection.unary(Self.path, message, options: CallOptions()).message) == message
          }
        }
        #expect(try await eventually { waiting(server) == 492 && service.gate.counts.began == 8 })
        service.gate.open()
        for try await isRight in group { #expect(isRight) }
      }
      #expect(ended(server) == ["OK": 500])
      #expect(try await eventually { running(server) == 0 && waiting(server) == 0 })
    }
  }

  @Test func `a call beyond the queue is RESOURCE_EXHAUSTED`() async throws {
    try await withEcho({ ($0.limits[.tasks], $0.limits[.waitingTasks]) = (1, 1) }) { connection, service, server, _ in
      async let first = connection.unary(Self.path, [9], options: CallOptions())
      async let second = connection.unary(Self.path, [9], options: CallOptions())
      #expect(try await eventually { running(server) == 1 && waiting(server) == 1 })
      let status = await #expect(throws: Status.self) {
        try await connection.unary(Self.path, [9], options: CallOptions())
      }
      #expect(status?.code == .resourceExhausted)
      service.gate.open()
      _ = try await (first, second)
      #expect(ended(server) == ["OK": 2, "RESOURCE_EXHAUSTED": 1])
    }
  }

  @Test(arguments: [UInt8(9), 1])
  func `a deadline ends the call, cancels its task and drops the late reply`(kind: UInt8) async throws {
    try await withEcho { connection, service, server, port in
      // One that does not give up by itself.
      let client = try await RESTClient(port: port)
      let fields = [("content-type", "application/grpc"), ("grpc-timeout", "50m")]
      try await client.request("POST", Self.path, fields, body: framed([kind]))
      #expect(try await eventually { client.answer(Self.path).isEnded && service.gate.counts.cancelled == 1 })
      #expect(client.answer(Self.path).grpcStatus == "\(Status.Code.deadlineExceeded.rawValue)")
      service.gate.open()
      #expect(try await eventually { service.gate.counts.ended == 1 && running(server) == 0 })
      let response = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      #expect(Array(response.message) == [1])
      #expect(ended(server) == ["DEADLINE_EXCEEDED": 1])
      await client.close()
    }
  }

  @Test(arguments: [UInt8(9), 1])
  func `a cancelled call cancels its task and drops the late reply`(kind: UInt8) async throws {
    try await withEcho { connection, service, server, _ in
      let call = Task { try await connection.unary(Self.path, [kind], options: CallOptions()) }
      #expect(try await eventually { service.gate.counts.began == 1 })
      call.cancel()
      let status = await #expect(throws: Status.self) { try await call.value }
      #expect(status?.code == .cancelled)
      #expect(try await eventually { service.gate.counts.cancelled == 1 })
      // Its object serves the streams that follow, whom its reply must not reach.
      async let next = connection.unary(Self.path, [9, 7], options: CallOptions())
      #expect(try await eventually { service.gate.counts.began == 2 })
      service.gate.open()
      let response = try await next
      #expect(Array(response.message) == [9, 7])
      #expect(try await eventually { service.gate.counts.ended == 2 && running(server) == 0 })
      #expect(ended(server) == ["CANCELLED": 1, "OK": 1])
    }
  }

  @Test(arguments: [UInt8(9), 1])
  func `a lost connection cancels its tasks`(kind: UInt8) async throws {
    try await withEcho({ $0.limits[.tasks] = 5 }) { connection, service, server, _ in
      let calls = (0..<10).map { _ in
        Task { try await connection.unary(Self.path, [kind], options: CallOptions()) }
      }
      let haveBegun = try await eventually { service.gate.counts.began == 5 && waiting(server) == 5 }
      #expect(haveBegun)
      await connection.close()
      for call in calls {
        let status = await #expect(throws: Status.self) { try await call.value }
        #expect(status?.code == .unavailable)
      }
      // One that waited may begin in the place of one that ended, before it is cancelled itself.
      let isStubborn = kind == 1
      #expect(try await eventually { waiting(server) == 0 && running(server) == (isStubborn ? 5 : 0) })
      #expect(service.gate.counts.cancelled == service.gate.counts.began)
      service.gate.open()
      #expect(try await eventually { running(server) == 0 })
      #expect(!isStubborn || service.gate.counts.began == 5)
      #expect(ended(server) == ["CANCELLED": 10])
    }
  }

  @Test func `a shutdown waits for late replies`() async throws {
    try await withEcho { connection, service, server, _ in
      async let slow = connection.unary(Self.path, [9, 8], options: CallOptions())
      #expect(try await eventually { service.gate.counts.began == 1 })
      async let down: Void = server.shutDown(within: .seconds(60))
      // GOAWAY: it takes no more calls.
      #expect(try await refusesCalls(connection))
      #expect(service.gate.counts.cancelled == 0)
      service.gate.open()
      #expect(try await Array(slow.message) == [9, 8])
      try await down
    }
  }

  @Test(arguments: [UInt8(9), 1])
  func `a shutdown cancels late replies when its time is up`(kind: UInt8) async throws {
    try await withEcho { connection, service, server, _ in
      let call = Task { try await connection.unary(Self.path, [kind], options: CallOptions()) }
      #expect(try await eventually { service.gate.counts.began == 1 })
      try await server.shutDown(within: .milliseconds(1))
      let status = await #expect(throws: Status.self) { try await call.value }
      #expect(status?.code == .unavailable)
      #expect(try await eventually { service.gate.counts.cancelled == 1 })
      service.gate.open()
      #expect(try await eventually { service.gate.counts.ended == 1 && running(server) == 0 })
      #expect(ended(server) == ["CANCELLED": 1])
    }
  }

  /// Waits until a connection takes no more calls.
  private func refusesCalls(_ connection: GRPCConnection) async throws -> Bool {
    for _ in 0..<1_000 {
      do {
        _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
      } catch let status as Status {
        return status.code == .unavailable
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }
}

/// Replies in the making, by the server's own figures.
func running(_ server: Server) -> Double { replyTasks(server, "running") }
func waiting(_ server: Server) -> Double { replyTasks(server, "waiting") }

private func replyTasks(_ server: Server, _ state: String) -> Double {
  let family = server.families().first { $0.name == "rollcall_reply_tasks" }
  return family?.samples.first { $0.labels.contains { $0.value == state } }?.value ?? -1
}

import GRPC
import HTTP
import NIOCore
import NIOPosix
import Testing

@testable import Transport

@Suite struct ClientKeepaliveTests {
  private let start = ContinuousClock.now

  /// The steps until a time in seconds, of a server that answers each ping or does not.
  private func steps(until end: Int, answers: Bool) -> [(step: ClientKeepalive.Step, second: Int)] {
    var keepalive = ClientKeepalive(ClientKeepalive.Times(), now: start)
    var steps = [(ClientKeepalive.Step, Int)]()
    for second in 0...end {
      let now = start + .seconds(second)
      guard let step = keepalive.step(now: now) else { continue }
      steps.append((step, second))
      if step == .giveUp { break }
      if answers { keepalive.received(isAnswer: false, now: now) }
    }
    return steps
  }

  @Test func `a silent server is given up after one ping without an answer`() {
    let steps = steps(until: 1_000, answers: false)
    #expect(steps.map(\.step) == [.ping, .giveUp] && steps.map(\.second) == [40, 60])
  }

  @Test func `pings to a server that has nothing to say are rarer than gRPC's servers forbid`() {
    let steps = steps(until: 3_600, answers: true)
    #expect(steps.count > 10 && steps.allSatisfy { $0.step == .ping })
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $1.second - $0.second > 300 })
  }

  @Test func `a server that says something within the silence is never pinged`() {
    var keepalive = ClientKeepalive(ClientKeepalive.Times(), now: start)
    for second in 0...3_600 {
      let now = start + .seconds(second)
      if second % 30 == 0 { keepalive.received(isAnswer: true, now: now) }
      #expect(keepalive.step(now: now) == nil)
    }
  }

  @Test func `the first ping after a part of an answer waits for the silence alone`() {
    var keepalive = ClientKeepalive(ClientKeepalive.Times(), now: start)
    #expect(keepalive.step(now: start + .seconds(40)) == .ping)
    keepalive.received(isAnswer: false, now: start + .seconds(41))
    #expect(keepalive.deadline == start + .seconds(350))
    keepalive.received(isAnswer: true, now: start + .seconds(50))
    #expect(keepalive.deadline == start + .seconds(90))
  }

  @Test func `the silence before a call does not count`() {
    var keepalive = ClientKeepalive(ClientKeepalive.Times(), now: start)
    keepalive.begin(now: start + .seconds(1_000))
    #expect(keepalive.step(now: start + .seconds(1_000)) == nil)
    #expect(keepalive.deadline == start + .seconds(1_040))
  }

  // MARK: Over a socket

  private static func configuration(answer: Duration, tls: ClientTLS? = nil) -> ClientConfiguration {
    var configuration = ClientConfiguration()
    configuration.keepalive = .init(silence: .milliseconds(200), answer: answer, pause: .milliseconds(200))
    configuration.tls = tls
    return configuration
  }

  @Test func `a call to a server that says nothing ends as UNAVAILABLE, and so do those after it`() async throws {
    // The listener takes what comes, as the system of a stopped process does.
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = try #require(listener.localAddress?.port)
    let connection = try await GRPCConnection.connect(
      host: "127.0.0.1", port: port, configuration: Self.configuration(answer: .milliseconds(200)))
    let stream = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
    let status = await #expect(throws: Status.self) { while try await stream.next() != nil {} }
    #expect(status?.code == .unavailable)
    #expect(status?.message.contains("did not answer a ping") == true)
    let next = await #expect(throws: Status.self) {
      _ = try await connection.unary("/test.Echo/Unary", [1], options: CallOptions())
    }
    #expect(next?.code == .unavailable)
    await connection.close()
    try await listener.close()
  }

  @Test func `a quiet call stays open as long as the server answers pings`() async throws {
    try await withEcho({ $0.limits[.pingInterval] = 0 }) { _, service, server, port in
      let connection = try await GRPCConnection.connect(
        host: "127.0.0.1", port: port,
        configuration: Self.configuration(answer: .seconds(30), tls: Carrier.isSecured ? Carrier.trust : nil))
      let stream = try await connection.serverStreaming("/test.Echo/Silent", [], options: CallOptions())
      try await Task.sleep(for: .seconds(2))
      #expect(service.log.closed == 0 && server.core.limits[.pingInterval] == 0)
      #expect(try await connection.unary("/test.Echo/Unary", [7], options: CallOptions()).message == [7])
      stream.cancel()
      await connection.close()
    }
  }
}

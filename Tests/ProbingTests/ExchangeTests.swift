import Catalog
import DNS
import FoundationEssentials
import HTTP
import NIOPosix
import TestKit
import Testing

@testable import Fleet
@testable import Probing
@testable import TLS

/// What one probe asks, exchange by exchange.
@Suite("Exchanges with an engine")
struct ExchangeTests {
  static let names = NameResolver(longestLifetime: .seconds(10))
  static let empty = RawServer.Script.answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

  static func ok(_ body: String) -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// Asks a server with these scripts, one question after the other.
  func ask(
    _ asks: [EngineRequest], _ scripts: [String: RawServer.Script], _ habits: RawServer.Habits = RawServer.Habits(),
    timeout: Duration = .seconds(60), trust: TLSTrust = TLSTrust()
  ) async throws -> (replies: [ExchangeResult], server: RawServer) {
    let server = try await RawServer.start(scripts, habits)
    let request = ProbeRequest(spec: try EngineSpec(url: server.url), timeout: timeout)
    let dialer = Dialer(trust: trust, names: Self.names)
    let probe = LoopProbe(request, key: nil, dialer, on: MultiThreadedEventLoopGroup.singleton.next())
    var replies: [ExchangeResult] = []
    for ask in asks {
      replies.append(await probe.send(ask))
    }
    probe.cancel()
    try await server.stop()
    return (replies, server)
  }

  func reply(to answer: RawServer.Script, limit: Int = EngineRequest.otherLimit) async throws -> ExchangeResult {
    try await ask([EngineRequest("/x", limit: limit)], ["/x": answer]).replies[0]
  }

  func body(of reply: ExchangeResult) -> String? {
    reply.response.map { String(decoding: $0.body, as: UTF8.self) }
  }

  @Test func `a POST carries its body`() async throws {
    let (replies, server) = try await ask(
      [EngineRequest("/v1/completions", body: #"{"prompt":"hé"}"#)], ["/v1/completions": .answer(Self.ok("{}"))])
    #expect(body(of: replies[0]) == "{}")
    let request = try #require(server.requests.first)
    #expect(request.hasPrefix("POST /v1/completions HTTP/1.1\r\n"))
    #expect(request.contains("content-type: application/json\r\n"))
    #expect(request.hasSuffix("content-length: 16\r\n\r\n{\"prompt\":\"hé\"}"))
  }

  @Test func `metrics of 100 KB arrive whole`() async throws {
    let text = (0..<3000).map { "vllm:family_\($0)_total{model_name=\"m\"} \($0)\n" }.joined()
    #expect(text.utf8.count > 100_000)
    #expect(body(of: try await reply(to: .answer(Self.ok(text)))) == text)
  }

  @Test(arguments: [
    RawServer.Script.answer("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"),
    .bytes("HTTP/1.1 200 OK\r\n\r\nabcde"),
    .bytes("HTTP/1.0 200 OK\r\n\r\nabcde"),
    .answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde"),
  ])
  func `a body is read however its end is marked`(answer: RawServer.Script) async throws {
    #expect(body(of: try await reply(to: answer)) == "abcde")
  }

  @Test(arguments: [
    (RawServer.Script.bytes(""), ProbeFailure.closed),
    (.bytes("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"), .truncated),
    (.answer("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n"), .tooLarge(limit: 1000)),
    (.flood, .tooLarge(limit: 1000)),
    (.answer("HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 10_000) + "\r\n"), .notHTTP),
    (.answer("HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 1 << 20) + "\r\n\r\n"), .notHTTP),
    (.answer("SSH-2.0-OpenSSH_9.2\r\n"), .notHTTP),
  ])
  func `a failed exchange reports its failure`(answer: RawServer.Script, failure: ProbeFailure) async throws {
    #expect(try await reply(to: answer, limit: 1000) == .failure(failure))
  }

  @Test func `one connection serves all exchanges`() async throws {
    let (replies, server) = try await ask(
      [EngineRequest("/a"), EngineRequest("/b"), EngineRequest("/a")], ["/a": Self.empty, "/b": Self.empty])
    #expect(replies.allSatisfy { $0.response?.status == 200 })
    #expect(server.connections == 1)
  }

  @Test func `a connection that the engine closes is not used again`() async throws {
    let last = RawServer.Script.answer("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    let (replies, server) = try await ask([EngineRequest("/a"), EngineRequest("/b")], ["/a": last, "/b": Self.empty])
    #expect(replies.allSatisfy { $0.response?.status == 200 })
    #expect((server.connections, server.requests.count) == (2, 2))
  }

  @Test func `a request that meets the closing of its connection is repeated once`() async throws {
    let habits = RawServer.Habits(requestsPerConnection: 1)
    let (replies, server) = try await ask(
      [EngineRequest("/a"), EngineRequest("/b")], ["/a": Self.empty, "/b": Self.empty], habits)
    #expect(replies.allSatisfy { $0.response?.status == 200 })
    #expect((server.connections, server.requests.count) == (2, 3))
  }

  @Test func `a request whose new connection is closed is not repeated`() async throws {
    let (replies, server) = try await ask(
      [EngineRequest("/a"), EngineRequest("/b")], ["/a": Self.empty, "/b": .bytes("")])
    #expect(replies[1] == .failure(.closed))
    #expect(server.requests.count == 3)
    let (first, other) = try await ask([EngineRequest("/b")], ["/b": .bytes("")])
    #expect(first[0] == .failure(.closed))
    #expect(other.requests.count == 1)
  }

  @Test func `a proof has a timeout of its own`() async throws {
    let proof = EngineRequest("/proof", body: "{}", timeout: .seconds(60))
    let (replies, _) = try await ask(
      [proof, EngineRequest("/metrics")],
      ["/proof": .late(Self.ok("token"), after: .milliseconds(15_500)), "/metrics": Self.empty],
      timeout: .seconds(15))
    #expect(body(of: replies[0]) == "token")
    #expect(replies[1].response?.status == 200)
  }

  @Test func `a proof that hangs does not harm the other exchanges`() async throws {
    let proof = EngineRequest("/proof", body: "{}", timeout: .milliseconds(100))
    let (replies, _) = try await ask([proof, EngineRequest("/metrics")], ["/proof": .silence, "/metrics": Self.empty])
    #expect(replies[0] == .failure(.unanswered))
    #expect(replies[1].response?.status == 200)
  }

  @Test(arguments: [
    ("retry-after: 30", Duration.seconds(30)), ("retry-after: 0", .zero), ("retry-after: soon", nil), ("x: y", nil),
    ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:50:07 GMT", .seconds(30)),
    ("date: Sun, 06 Nov 1994 08:49:37 GMT\r\nretry-after: Sun, 06 Nov 1994 08:40:07 GMT", .zero),
    ("retry-after: Sun, 06 Nov 1994 08:50:07 GMT", nil), ("retry-after: -1", nil),
  ])
  func `an engine says how long to wait`(fields: String, wait: Duration?) async throws {
    let answer = RawServer.Script.answer("HTTP/1.1 429 No\r\n\(fields)\r\ncontent-length: 0\r\n\r\n")
    let (replies, _) = try await ask([EngineRequest("/v1/models")], ["/v1/models": answer])
    #expect(replies.first?.response?.retryAfter == wait)
  }

  @Test func `a probe whose time is up asks nothing more`() async throws {
    let (replies, server) = try await ask(
      [EngineRequest("/drip"), EngineRequest("/metrics")], ["/drip": .trickle, "/metrics": Self.empty],
      timeout: .milliseconds(200))
    #expect(replies == [.failure(.unanswered), .failure(.timedOut)])
    #expect(server.requests.allSatisfy { $0.hasPrefix("GET /drip") })
  }

  @Test func `a host name that does not exist is reported`() async throws {
    let spec = try EngineSpec(url: "http://nobody.invalid:1")
    let outcome = await HTTPProber().probe(ProbeRequest(spec: spec, timeout: .seconds(60)))
    #expect(
      outcome == .down("GET http://nobody.invalid:1/v1/models: the host name cannot be resolved", cause: .nameNotFound))
  }

  @Test func `an engine is reached by its host name`() async throws {
    let server = try await RawServer.start(["/health": Self.empty])
    let spec = try EngineSpec(url: server.url.replacing("127.0.0.1", with: "localhost"))
    let request = ProbeRequest(spec: spec, timeout: .seconds(60))
    let dialer = Dialer(names: Self.names)
    let probe = LoopProbe(request, key: nil, dialer, on: MultiThreadedEventLoopGroup.singleton.next())
    #expect(await probe.send(EngineRequest("/health")).response?.status == 200)
    #expect(server.requests.first?.contains("host: localhost:") == true)
    probe.cancel()
    try await server.stop()
  }

  @Test func `a cancelled probe ends`() async throws {
    let server = try await RawServer.start(["/v1/models": .silence])
    let request = ProbeRequest(spec: try EngineSpec(url: server.url), timeout: .seconds(3600))
    let probing = Task { await HTTPProber().probe(request) }
    while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
    probing.cancel()
    // Without the cancelling, this would wait for an hour.
    #expect(await probing.value == ProbeFailure.unanswered.outcome(of: "GET \(server.url)/v1/models"))
    try await server.stop()
  }

  @Test func `exchanges over HTTPS share one connection`() async throws {
    let habits = RawServer.Habits(tls: try TestCertificate.server())
    let trust = TLSTrust(try TestCertificate.trust())
    let (replies, server) = try await ask(
      [EngineRequest("/a"), EngineRequest("/b")], ["/a": Self.empty, "/b": Self.empty], habits, trust: trust)
    #expect(replies.allSatisfy { $0.response?.status == 200 })
    #expect(server.connections == 1)
  }

  @Test func `a certificate of an unknown authority is not trusted`() async throws {
    let habits = RawServer.Habits(tls: try TestCertificate.server())
    let (replies, server) = try await ask([EngineRequest("/a")], ["/a": Self.empty], habits)
    #expect(replies == [.failure(.certificate(.unknownAuthority))])
    #expect(server.requests.isEmpty)
  }

  @Test func `a connection that is closed under TLS is reported as closed`() async throws {
    let habits = RawServer.Habits(tls: try TestCertificate.server())
    let trust = TLSTrust(try TestCertificate.trust())
    let (replies, _) = try await ask([EngineRequest("/a")], ["/a": .bytes("")], habits, trust: trust)
    #expect(replies == [.failure(.closed)])
  }
}

import Catalog
import Glibc
import NIOCore
import Testing

@testable import Fleet
@testable import Probing

@Suite("Probes over sockets")
struct HTTPProberTests {
  static let list = #"{"object":"list","data":[{"id":"m","owned_by":"vllm"}]}"#

  static func ok(_ body: String) -> RawServer.Script {
    .answer("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// Probes an engine that answers so.
  func probe(
    _ scripts: [String: RawServer.Script], key: String? = nil, timeout: Duration = .seconds(60)
  ) async throws -> (outcome: ProbeOutcome, requests: [String], url: String) {
    let server = try await RawServer.start(scripts)
    let prober = HTTPProber()
    let spec = try EngineSpec(url: server.url, kind: "vllm", key: key)
    let outcome = await prober.probe(ProbeRequest(spec: spec, timeout: timeout))
    await prober.shutdown()
    try await server.stop()
    return (outcome, server.requests, server.url)
  }

  @Test(arguments: [
    (EMFILE, OwnFailure.openFiles), (ENFILE, .machineFiles), (ENOMEM, .memory), (ENOBUFS, .memory),
    (EADDRNOTAVAIL, .localPorts), (EAGAIN, .localPorts),
  ])
  func `troubles of this process are no failures of an engine`(errno: CInt, failure: OwnFailure) {
    let error = IOError(errnoCode: errno, reason: "socket")
    #expect(ProbeFailure(beforeHead: error) == .own(failure))
    #expect(ProbeFailure(beforeHead: error).outcome(of: "GET http://h") == .ownFailure(failure))
  }

  @Test(arguments: [
    ECONNREFUSED, ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EAFNOSUPPORT, EACCES, EPIPE, EINVAL,
  ])
  func `other errors are failures of the engine`(errno: CInt) {
    guard case .own = ProbeFailure(beforeHead: IOError(errnoCode: errno, reason: "connect")) else { return }
    Issue.record("errno \(errno) is a trouble of this process")
  }

  @Test func `a healthy engine is asked for its health, list and version`() async throws {
    let (outcome, requests, _) = try await probe(
      ["/health": Self.ok(""), "/v1/models": Self.ok(Self.list), "/version": Self.ok(#"{"version":"0.32.0"}"#)],
      key: "secret")
    let report = try #require(outcome.report)
    #expect(report.version == "0.32.0")
    #expect(report.models.map(\.facts.modelID) == ["m"])
    #expect(requests.map { $0.split(separator: " ")[1] } == ["/health", "/v1/models", "/version", "/load", "/metrics"])
    #expect(requests.allSatisfy { $0.lowercased().contains("authorization: bearer secret\r\n") })
  }

  @Test(arguments: [
    (RawServer.Script.bytes("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"data\":"), "the answer is truncated"),
    (.bytes("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"dat"), "the answer is truncated"),
    (.bytes("220 mail.example.org ESMTP ready\r\n"), "the answer is not HTTP"),
    (.answer("HTTP/1.1 200 OK\r\ncontent-length: 9999999999\r\n\r\n"), "the answer is larger than 8388608 bytes"),
    (.flood, "the answer is larger than 8388608 bytes"),
    (
      .answer(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://login.example/in?state=1\r\ncontent-length: 0\r\n\r\n"),
      "307, redirected to https://login.example/in"
    ),
    (
      .answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
      "no list under 'data'"
    ),
    (.answer("HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"), "500"),
    (ok("<!DOCTYPE html><title>Sign in</title>"), "HTML instead of JSON"), (ok("pong"), "not JSON"),
  ])
  func `a malformed list is broken`(list: RawServer.Script, reason: String) async throws {
    let (outcome, _, url) = try await probe(["/health": Self.ok(""), "/v1/models": list])
    #expect(outcome == .broken("GET \(url)/v1/models: \(reason)"))
  }

  @Test(arguments: [401, 403])
  func `a probe with a wrong key is refused`(status: Int) async throws {
    let refusal = RawServer.Script.answer("HTTP/1.1 \(status) No\r\ncontent-length: 0\r\n\r\n")
    let (outcome, _, url) = try await probe(["/health": Self.ok(""), "/v1/models": refusal])
    #expect(outcome == .refused("GET \(url)/v1/models: \(status): no key was given"))
    let withKey = try await probe(["/health": Self.ok(""), "/v1/models": refusal], key: "k")
    #expect(withKey.outcome == .refused("GET \(withKey.url)/v1/models: \(status): check the key"))
  }

  @Test(arguments: [RawServer.Script.silence, .trickle])
  func `the timeout covers the whole probe`(list: RawServer.Script) async throws {
    let (outcome, _, url) = try await probe(
      ["/health": Self.ok(""), "/v1/models": list], timeout: .seconds(2))
    // Without it, this would wait for ever.
    #expect(outcome == ProbeFailure.unanswered.outcome(of: "GET \(url)/v1/models"))
  }

  @Test func `a connection that is closed without an answer is down`() async throws {
    let (outcome, _, url) = try await probe(["/health": .bytes("")])
    #expect(outcome == .down("GET \(url)/health: connection closed without an answer", cause: .connectionLost))
  }

  @Test func `a refused connection is certain to be down`() async throws {
    let prober = HTTPProber()
    // A port that was free a moment ago may be another test's by now; on this one nobody listens.
    let spec = try EngineSpec(url: "http://127.0.0.1:1")
    #expect(
      await prober.probe(ProbeRequest(spec: spec, timeout: .seconds(10)))
        == .down("GET http://127.0.0.1:1/v1/models: connection refused", isCertain: true, cause: .connectionRefused))
    await prober.shutdown()
  }

  @Test func `plain HTTP behind an HTTPS address is down`() async throws {
    let server = try await RawServer.start([:])
    let prober = HTTPProber()
    let spec = try EngineSpec(url: server.url.replacing("http:", with: "https:"))
    let outcome = await prober.probe(ProbeRequest(spec: spec, timeout: .milliseconds(500)))
    guard case .down = outcome else {
      Issue.record("\(outcome)")
      return
    }
    await prober.shutdown()
    try await server.stop()
  }

  @Test func `a key that cannot be read is reported, and nothing is sent`() async throws {
    let prober = HTTPProber()
    let spec = try EngineSpec(url: "http://127.0.0.1:1", keyFile: "/nonexistent/key")
    #expect(
      await prober.probe(ProbeRequest(spec: spec, timeout: .seconds(1)))
        == .refused("the key file /nonexistent/key cannot be read"))
    await prober.shutdown()
  }
}

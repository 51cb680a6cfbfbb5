import Foundation
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

@Suite("An API server behind a proxy", .timeLimit(.minutes(1)))
struct ProxyTunnelTests {
  private func client(_ url: String, through proxy: String, timeout: Duration = .seconds(30)) throws -> KubeClient {
    var access = KubeAccess(url: try EngineURL(url))
    access.proxy = try HTTPProxy(proxy, from: "proxy-url")
    access.authority = .data(Data(TestCertificate.text.utf8))
    access.credential = .token("of-the-server")
    return KubeClient(access: access, connectTimeout: timeout)
  }

  @Test func `the proxy opens a tunnel, and the server's credential stays in it`() async throws {
    let api = try await ScriptedAPI.start([Told.list(["a"], version: "1")], tls: TestCertificate.server())
    let proxy = try await ScriptedProxy.start(.tunnel)
    let client = try client(api.url, through: "http://user:pw@127.0.0.1:\(proxy.port)")
    let bytes = try await client.get("/api/v1/pods")
    #expect(String(decoding: bytes, as: UTF8.self).contains("uid-a"))
    let asked = try #require(proxy.requests.first)
    let target = api.url.replacing("https://", with: "")
    #expect(asked.hasPrefix("CONNECT \(target) HTTP/1.1\r\n") && asked.contains("host: \(target)\r\n"))
    #expect(asked.contains("proxy-authorization: Basic dXNlcjpwdw==\r\n") && !asked.contains("of-the-server"))
    #expect(api.requests[0].contains("Bearer of-the-server") && !api.requests[0].contains("proxy-authorization"))
    try await proxy.stop()
    try await api.stop()
  }

  @Test func `a server over plain HTTP is asked by its whole URL`() async throws {
    let proxy = try await ScriptedProxy.start(.answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"))
    let client = try client("http://api.example:8080/base", through: "http://user:pw@127.0.0.1:\(proxy.port)")
    #expect(try await client.get("/api") == Array("ok".utf8))
    let asked = try #require(proxy.requests.first)
    #expect(asked.hasPrefix("GET http://api.example:8080/base/api HTTP/1.1\r\nhost: api.example:8080\r\n"))
    #expect(asked.contains("proxy-authorization: Basic dXNlcjpwdw==\r\n"))
    try await proxy.stop()
  }

  private static let failures: [(behavior: ScriptedProxy.Behavior, message: String)] = [
    (.answer("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"), "answered 407"),
    (.answer("HTTP/1.1 403 Forbidden\r\ncontent-length: 4\r\n\r\nno!\n"), "answered 403 Forbidden to CONNECT"),
    (.answer("SSH-2.0-OpenSSH\r\n\r\n"), "not HTTP"), (.hang, "did not answer in time"),
    (.close, "closed the connection before it answered"),
  ]

  @Test(arguments: failures)
  func `a proxy that does not open a tunnel is reported, without credentials`(
    behavior: ScriptedProxy.Behavior, message: String
  ) async throws {
    let proxy = try await ScriptedProxy.start(behavior)
    let client = try client(
      "https://api.example:6443", through: "http://user:secret@127.0.0.1:\(proxy.port)", timeout: .milliseconds(500))
    let error = await #expect(throws: KubeError.self) { try await client.get("/api") }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("the proxy 127.0.0.1:\(proxy.port) ") && text.contains(message), "\(text)")
    #expect(!text.contains("secret") && error?.status == nil)
    try await proxy.stop()
  }

  @Test func `a proxy that refuses connections is reported`() async throws {
    let proxy = try await ScriptedProxy.start(.hang)
    let port = proxy.port
    try await proxy.stop()
    let client = try client("https://api.example:6443", through: "http://127.0.0.1:\(port)")
    let error = await #expect(throws: KubeError.self) { try await client.get("/api") }
    #expect(error?.description == "the proxy 127.0.0.1:\(port): connection refused")
  }

  @Test func `a TLS context is made once for the same certificates`() throws {
    let cache = TLSContextCache()
    let settings = TLSSettings(authority: Array(TestCertificate.text.utf8))
    let first = try cache.context(for: settings)
    #expect(try cache.context(for: settings) === first)
    var unverified = settings
    unverified.isUnverified = true
    let second = try cache.context(for: unverified)
    #expect(second !== first)
    #expect(try cache.context(for: settings) !== second)
  }

  @Test func `a TLS context with the system's authorities is renewed after its lifetime, and no other is`() throws {
    let cache = TLSContextCache()
    let start = ContinuousClock.now
    let last = start + TLSContextCache.lifetime - .nanoseconds(1)
    let end = start + TLSContextCache.lifetime
    let system = try cache.context(for: TLSSettings(), now: start)
    #expect(try cache.context(for: TLSSettings(), now: last) === system)
    let renewed = try cache.context(for: TLSSettings(), now: end)
    #expect(renewed !== system)
    // Uses do not lengthen a life, and the new context has a life of its own.
    #expect(try cache.context(for: TLSSettings(), now: end + .seconds(299)) === renewed)
    #expect(try cache.context(for: TLSSettings(), now: end + .seconds(300)) !== renewed)
    let settings = TLSSettings(authority: Array(TestCertificate.text.utf8))
    let named = try cache.context(for: settings, now: start)
    #expect(try cache.context(for: settings, now: start + .seconds(86_400)) === named)
  }
}

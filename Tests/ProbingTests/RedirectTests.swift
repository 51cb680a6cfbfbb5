import FoundationEssentials
import HTTP
import TestKit
import Testing

@testable import Fleet
@testable import Probing

@Suite("Redirects and keys")
struct RedirectTests {
  static func redirect(_ status: Int, _ location: String) -> RawServer.Script {
    .answer("HTTP/1.1 \(status) Moved\r\nlocation: \(location)\r\ncontent-length: 0\r\n\r\n")
  }

  static func answer(_ body: String) -> RawServer.Script { .answer(ExchangeTests.ok(body)) }

  static func text(_ result: ExchangeResult) -> String {
    switch result {
    case .response(let answer): "\(answer.statusText) \(String(decoding: answer.body, as: UTF8.self))"
    case .failure(let failure): failure.text
    }
  }

  @Test(arguments: [301, 302, 303, 307, 308])
  func `a redirect to the same place is followed with the key`(status: Int) async throws {
    let server = try await RawServer.start([
      "/metrics": Self.redirect(status, "/metrics/"), "/metrics/": Self.answer("m"),
    ])
    let results = try await EngineProbe("\(server.url),key=hush").ask(EngineRequest("/metrics"), EngineRequest("/b"))
    #expect(results.map(Self.text) == ["200 m", "404 "])
    #expect(server.requests.count == 3)
    #expect(server.connections == 1)
    #expect(server.requests.allSatisfy { $0.contains("authorization: Bearer hush\r\n") })
    try await server.stop()
  }

  @Test(arguments: [
    ("/b", "/b"), ("b?x=1", "/v1/b?x=1"), ("../b", "/b"), ("./b/../c", "/v1/c"), ("?x=1", "/v1/a?x=1"),
    ("HOST/b", "/b"),
    ("HOST", "/"), ("//PLACE/b#c", "/b"), ("/b/..", "/"), ("/../../b", "/b"),
  ])
  func `a location is resolved against the address that was asked`(location: String, path: String) async throws {
    let server = try await RawServer.start(["*": ExchangeTests.empty])
    let place = String(server.url.dropFirst("http://".count))
    let origin = try EngineURL(server.url)
    let written = location.replacing("HOST", with: server.url).replacing("PLACE", with: place)
    let redirect = try #require(Redirect(written, from: origin, "/v1/a"))
    #expect(redirect.target == path)
    #expect(redirect.isFollowed(from: origin))
    try await server.stop()
  }

  @Test(arguments: [
    ("https://login.example/authorize?state=1", "302, redirected to https://login.example/authorize"),
    ("http://127.0.0.1:1/x", "302, redirected to http://127.0.0.1:1/x"),
    ("//login.example", "302, redirected to http://login.example/"),
    ("http://user:hush@127.0.0.1/", "302"), ("ftp://127.0.0.1/", "302"), ("", "302"), ("/caf\u{E9}", "302"),
    ("mailto:a@b", "302"), ("http://", "302"),
  ])
  func `a redirect elsewhere is not followed, and is named without its query`(location: String, text: String)
    async throws
  {
    let server = try await RawServer.start(["/a": Self.redirect(302, location)])
    let results = try await EngineProbe("\(server.url),key=hush").ask(EngineRequest("/a"))
    // An empty location is the same address again.
    let expected = location.isEmpty ? "302, redirected to \(server.url)/a " : text + " "
    #expect(results.map(Self.text) == [expected])
    #expect(server.requests.count == (location.isEmpty ? 4 : 1))
    try await server.stop()
  }

  @Test func `a list that is elsewhere is an error that names the place`() async throws {
    let server = try await RawServer.start(["*": Self.redirect(302, "https://login.example/in?state=1")])
    let spec = try EngineSpec(argument: "\(server.url),kind=openai")
    let outcome = await HTTPProber().probe(ProbeRequest(spec: spec, timeout: .seconds(30)))
    #expect(outcome.problem?.hasSuffix("/v1/models: 302, redirected to https://login.example/in") == true, "\(outcome)")
    try await server.stop()
  }

  @Test func `a loop ends after three redirects`() async throws {
    let server = try await RawServer.start(["/a": Self.redirect(307, "/b"), "/b": Self.redirect(307, "/a")])
    let results = try await EngineProbe(server.url).ask(EngineRequest("/a"))
    #expect(results.map(Self.text) == ["307, redirected to \(server.url)/a "])
    #expect(server.requests.count == 4)
    try await server.stop()
  }

  @Test(arguments: [(307, 2), (308, 2), (301, 1), (302, 1), (303, 1)])
  func `a POST follows what keeps it a POST alone`(status: Int, count: Int) async throws {
    let server = try await RawServer.start(["/a": Self.redirect(status, "/b"), "/b": ExchangeTests.empty])
    _ = try await EngineProbe(server.url).ask(EngineRequest("/a", body: "{}"))
    #expect(server.requests.count == count)
    #expect(server.requests.allSatisfy { $0.hasPrefix("POST ") && $0.hasSuffix("{}") })
    try await server.stop()
  }

  @Test func `the same host by TLS is followed, without the key where the port is another`() async throws {
    let tls = RawServer.Habits(tls: try TestAuthority.context(TestAuthority.server))
    let refusal = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"
    let secure = try await RawServer.start(["/a": Self.answer("a"), "/b?x=1": .answer(refusal)], tls)
    let plain = try await RawServer.start([
      "/a": Self.redirect(301, "\(secure.url)/a"), "/b": Self.redirect(301, "\(secure.url)/b?x=1"),
    ])
    let engine = try EngineProbe("\(plain.url),insecure=true,key=hush")
    let results = try await engine.ask(EngineRequest("/a"), EngineRequest("/b"))
    #expect(
      results.map(Self.text) == [
        "200 at \(secure.url)/a, where the key is not sent a", "401 at \(secure.url)/b, where the key is not sent ",
      ])
    #expect(!secure.requests.contains { $0.contains("hush") })
    #expect(plain.requests.count == 2 && plain.requests.allSatisfy { $0.contains("hush") })
    // From TLS to plain text is another place.
    let back = try await RawServer.start(["/a": Self.redirect(301, "\(plain.url)/a")], tls)
    let stayed = try await EngineProbe("\(back.url),insecure=true,key=hush").ask(EngineRequest("/a"))
    #expect(stayed.map(Self.text) == ["301, redirected to \(plain.url)/a "])
    for server in [secure, plain, back] { try await server.stop() }
  }

  @Test(arguments: [
    ("http://a", "https://a", true), ("http://a:80", "https://a:443", true), ("http://a:1", "https://a:1", true),
    ("http://a:1", "https://a", false), ("http://a", "https://a:8443", false), ("http://a", "http://b", false),
    ("https://a", "https://a:443", true), ("http://a:443", "https://a:443", false),
  ])
  func `a key goes to the same authority`(url: String, other: String, isOwn: Bool) throws {
    let contact = EngineContact(url: try EngineURL(url), tls: ClientTLS(), key: nil)
    #expect(contact.isOwn(try EngineURL(other)) == isOwn)
  }

  @Test(arguments: [
    ("key=hush", "authorization: Bearer hush"), ("key=user:hush,auth=basic", "authorization: Basic dXNlcjpodXNo"),
    ("key=us\u{E9}r:hush hush,auth=basic", "authorization: Basic dXPDqXI6aHVzaCBodXNo"),
    ("key=hush,auth=header:X-API-Key", "x-api-key: hush"),
    ("key=hush,auth=header:Authorization", "authorization: hush"),
  ])
  func `a key is sent as the engine's description says`(options: String, header: String) async throws {
    let server = try await RawServer.start(["*": ExchangeTests.empty])
    _ = try await EngineProbe("\(server.url),\(options)").ask(EngineRequest("/a"))
    let request = try #require(server.requests.first)
    #expect(request.contains("\r\n\(header)\r\n"))
    #expect(request.ranges(of: "hush").count <= 1)
    try await server.stop()
  }

  @Test func `a pair that is none is refused without being told`() throws {
    for key in ["hush", "hush\u{7}:hush"] {
      let spec = try EngineSpec(argument: "http://host,key=\(key),auth=basic")
      let error = #expect(throws: APIKeyError.self) { try spec.keyHeader() }
      #expect(error?.description.contains("hush") == false)
    }
  }
}

import HTTPTypes
import Metrics
import Testing

@testable import HTTP

@Suite struct AllowedOriginsTests {
  @Test(arguments: [
    ("https://chat.example.com", "https://chat.example.com"), ("HTTPS://Chat.Example.COM", "https://chat.example.com"),
    ("http://localhost:3000", "http://localhost:3000"), ("http://a:80", "http://a"), ("https://a:443", "https://a"),
    ("https://a:80", "https://a:80"), ("http://[::1]:8080", "http://[::1]:8080"),
    ("http://[FD00::1]", "http://[fd00::1]"),
    ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"), ("tauri://localhost", "tauri://localhost"),
    ("http://xn--mgba.example", "http://xn--mgba.example"), ("http://a_b-c.1:65535", "http://a_b-c.1:65535"),
  ])
  func `an origin is spelt as browsers send it`(text: String, origin: String) throws {
    #expect(try AllowedOrigins(text) == .these([origin]))
    #expect(try AllowedOrigins("http://x,\(text)") == .these(["http://x", origin]))
  }

  @Test(arguments: [
    "", ",", "a", "null", "http://", "http://a/", "http://a/b", "http://a?b", "http://a#b", "http://u@a", "http://a:",
    "http://a:0", "http://a:65536", "http://a:b", "http://a:+1", "http://a b", "http://é", "http://a\u{212a}", "://a",
    "1http://a",
    "http://[::1", "http://[x]", "http://[::1]x", "http://*.a", "http://a,", "http://a,,http://b", "*,http://a", "**",
    "http://a\r\nx: y", "http://a\u{0}",
  ])
  func `a text that is no origin is refused`(text: String) {
    #expect(throws: OriginError.self) { try AllowedOrigins(text) }
  }

  @Test func `settings are joined, and a star stands alone`() throws {
    let (a, b) = (AllowedOrigins.these(["http://a"]), AllowedOrigins.these(["http://b"]))
    #expect(try AllowedOrigins(joining: []) == nil)
    #expect(try AllowedOrigins(joining: [a, b]) == .these(["http://a", "http://b"]))
    #expect(try AllowedOrigins(joining: [.any, .any]) == .any)
    #expect(throws: OriginError.starWithOthers) { try AllowedOrigins(joining: [a, .any]) }
  }
}

@Suite struct CrossOriginTests {
  private static let page = "https://chat.example.com"

  private func router(_ origins: AllowedOrigins?) -> Router {
    Router(
      [
        Route(.get, "/list") { _, _ in
          Response(status: .ok, fields: [.vary: "Accept", .eTag: "\"x\""], body: .bytes([[1]]))
        },
        Route(.get, "/bare") { _, _ in
          Response(PreparedHead(status: .notModified, fields: [.eTag: "\"x\""]))
        },
        Route(.get, "/late") { _, _ in .later { Response(status: .serviceUnavailable, fields: [.retryAfter: "1"]) } },
        Route(.get, "/stream") { _, _ in Response(status: .ok, body: .stream(CountingSource().copy())) },
      ], origins: origins
    ) { problem, _ in
      Response(status: problem.status, fields: problem.allow.map { [.allow: $0] } ?? [:])
    }
  }

  private func answer(
    _ router: Router, _ path: String, _ fields: HTTPFields, method: HTTPRequest.Method = .get
  ) async -> Response {
    switch router.respond(to: Request(method: method, path: path, fields: fields)) {
    case .now(let response): return response
    case .later(let answer): return await answer()
    }
  }

  private func names(_ response: Response) -> Set<String> {
    Set(response.fields.map(\.name.canonicalName).filter { $0.hasPrefix("access-control-") })
  }

  private static let answers: [(String, HTTPRequest.Method, Int)] = [
    ("/list", .get, 200), ("/list", .head, 200), ("/list", .post, 405), ("/list", .options, 204), ("/bare", .get, 304),
    ("/late", .get, 503), ("/stream", .get, 200), ("/nothing", .get, 404),
  ]

  @Test(arguments: answers)
  func `without a setting no answer has a field for other origins`(
    path: String, method: HTTPRequest.Method, status: Int
  ) async {
    let router = router(nil)
    for fields: HTTPFields in [[:], [.origin: Self.page], [.origin: Self.page, .accessControlRequestMethod: "GET"]] {
      let response = await answer(router, path, fields, method: method)
      #expect(response.status.code == status)
      #expect(names(response).isEmpty)
      #expect(response.fields[.vary] == (status == 200 && path == "/list" ? "Accept" : nil))
    }
    let refused = router.response(to: .tooSlow, for: Request(method: .get, path: "/", fields: [.origin: Self.page]))
    #expect(names(refused).isEmpty)
  }

  @Test(arguments: answers)
  func `every answer and every error names the allowed origin`(
    path: String, method: HTTPRequest.Method, status: Int
  ) async {
    let list = router(.these(["http://other", Self.page]))
    let response = await answer(list, path, [.origin: Self.page], method: method)
    #expect(response.status.code == status)
    #expect(response.fields[.accessControlAllowOrigin] == Self.page)
    #expect(response.fields[.accessControlExposeHeaders] == "ETag, Link, Retry-After, X-Models-Etag")
    #expect(response.fields[.vary] == (status == 200 && path == "/list" ? "Accept, Origin" : "Origin"))
    #expect(response.fields[.accessControlAllowCredentials] == nil)
    #expect(response.head == nil)
    for fields: HTTPFields in [[:], [.origin: "https://evil.example"], [.origin: "null"]] {
      let other = await answer(list, path, fields, method: method)
      #expect(other.status.code == status)
      #expect(names(other).isEmpty)
      #expect(other.fields[.vary]?.hasSuffix("Origin") == true)
    }
    for fields: HTTPFields in [[:], [.origin: "null"], [.origin: Self.page]] {
      let any = await answer(router(.any), path, fields, method: method)
      #expect(any.fields[.accessControlAllowOrigin] == "*")
      #expect(any.fields[.vary] == (status == 200 && path == "/list" ? "Accept" : nil))
    }
  }

  @Test func `a refusal of the transport names the allowed origin where the head has arrived`() {
    let list = router(.these([Self.page]))
    let request = Request(method: .get, path: "/list", fields: [.origin: Self.page])
    #expect(list.response(to: .tooSlow, for: request).fields[.accessControlAllowOrigin] == Self.page)
    #expect(names(list.response(to: .tooSlow, for: nil)).isEmpty)
    #expect(list.response(to: .tooSlow, for: nil).fields[.vary] == "Origin")
    #expect(router(.any).response(to: .tooSlow, for: nil).fields[.accessControlAllowOrigin] == "*")
  }

  @Test(arguments: ["/list", "/nothing", "*"])
  func `a preflight is answered the same for every path`(path: String) async throws {
    for (origins, allowed) in [(AllowedOrigins.these([Self.page]), Self.page), (.any, "*")] {
      let router = router(origins)
      let response = await answer(
        router, path,
        [
          .origin: Self.page, .accessControlRequestMethod: "GET",
          .accessControlRequestHeaders: "authorization,x-stainless-os, anthropic-version",
        ], method: .options)
      #expect(response.status == .noContent)
      #expect(response.fields[.accessControlAllowOrigin] == allowed)
      #expect(response.fields[.accessControlAllowMethods] == "GET, HEAD, OPTIONS, POST")
      #expect(response.fields[.accessControlAllowHeaders] == "authorization,x-stainless-os, anthropic-version")
      #expect(response.fields[.accessControlMaxAge] == "7200")
      #expect(names(response).contains("access-control-allow-private-network") == false)
      #expect(response.fields[.vary] == (allowed == "*" ? nil : "Origin"))
      let counted = String(decoding: Exposition.prometheus.text(router.families()), as: UTF8.self)
      #expect(counted.contains(#"rollcall_http_requests_total{route="other",method="OPTIONS",code="204"} 1"#))
    }
  }

  @Test func `a preflight for a private network is answered`() async throws {
    let name = try #require(HTTPField.Name("Access-Control-Request-Private-Network"))
    let fields: HTTPFields = [.origin: Self.page, .accessControlRequestMethod: "GET", name: "true"]
    let response = await answer(router(.these([Self.page])), "/list", fields, method: .options)
    #expect(response.fields[try #require(HTTPField.Name("Access-Control-Allow-Private-Network"))] == "true")
  }

  @Test func `a preflight of another origin gets the usual answer to OPTIONS`() async {
    let fields: HTTPFields = [.origin: "https://evil.example", .accessControlRequestMethod: "GET"]
    let response = await answer(router(.these([Self.page])), "/list", fields, method: .options)
    #expect(names(response).isEmpty)
    #expect(response.fields[.allow] == "GET, HEAD, OPTIONS")
    #expect(response.fields[.vary] == "Origin")
    #expect(await answer(router(.these([Self.page])), "/nothing", fields, method: .options).status == .notFound)
  }

  @Test(arguments: [
    "https://chat.example.com/", "https://chat.example.com:443", "HTTPS://chat.example.com",
    "https://chat.example.com, https://chat.example.com", "https://chat.example.com.evil.example", "chat.example.com",
    "https://chat.example.co\u{217f}", "", "*", "\u{fffd}",
  ])
  func `an origin that is not byte by byte the allowed one gets nothing`(origin: String) async {
    let response = await answer(router(.these([Self.page])), "/list", [.origin: origin])
    #expect(names(response).isEmpty)
  }

  @Test(arguments: ["a\"b", "a(b)", "é", "a;b", String(repeating: "x", count: 4_097), "a:b", "a/b"])
  func `asked names that are no field names are not repeated`(text: String) async {
    let fields: HTTPFields = [
      .origin: Self.page, .accessControlRequestMethod: "GET", .accessControlRequestHeaders: text,
    ]
    let response = await answer(router(.any), "/list", fields, method: .options)
    #expect(response.status == .noContent)
    #expect(response.fields[.accessControlAllowHeaders] == nil)
  }
}

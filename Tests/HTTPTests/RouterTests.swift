import HTTPTypes
import Metrics
import Testing

@testable import HTTP

@Suite struct RouterTests {
  let router = Router(
    [
      Route(.get, "/v1/models") { _, _ in text("list") },
      Route(.get, "/v1/models/{id...}") { _, parameters in text("model=" + parameters["id"]) },
      Route(.get, "/v1/engines/{id}") { _, parameters in text("engine=" + parameters["id"]) },
      Route(.post, "/v1/engines/{id}") { _, _ in text("made") },
    ], render: rendered)

  @Test(arguments: [
    ("/v1/models", "list"),
    ("/v1/models/", "list"),
    ("/v1/models/tiny", "model=tiny"),
    ("/v1/models/meta-llama/Llama-3", "model=meta-llama/Llama-3"),
    ("/v1/models/meta-llama%2FLlama-3", "model=meta-llama/Llama-3"),
    ("/v1/models/a%20b%252F%3F%23%C3%A9", "model=a b%2F?#é"),
    ("/v1/models/a+b", "model=a+b"),
    ("/v1/models/a//b/", "model=a//b/"),
    ("/v1/models//", "model=/"),
    ("/v1/models/..", "model=.."),
    ("/v1/engines/e1", "engine=e1"),
    ("/v1/engines/a%2Fb", "engine=a/b"),
  ])
  func `a path finds its route and its parameter is decoded once`(path: String, body: String) {
    let response = router.answer(to: Request(method: .get, path: path))
    #expect(response.status == .ok)
    #expect(string(response) == body)
  }

  @Test(arguments: [
    "/", "", "v1/models", "//v1/models", "/v1//models", "/v1", "/v1/model", "/v1/models2", "/V1/models",
    "/v1/engines", "/v1/engines/", "/v1/engines/a/b", "/v1/%6dodels", "*",
  ])
  func `a path that no route takes is 404 and lists the routes`(path: String) {
    let response = router.answer(to: Request(method: .get, path: path))
    #expect(response.status == .notFound)
    #expect(string(response).contains("/v1/models/{id...}"))
    #expect(string(response).contains(#""code":"route_not_found""#))
  }

  @Test(arguments: ["%", "%2", "%zz", "a%00b", "%ff", "%C3%28", "a%2"])
  func `a parameter with bad encoding is 400`(tail: String) {
    let response = router.answer(to: Request(method: .get, path: "/v1/models/" + tail))
    #expect(response.status == .badRequest)
    #expect(string(response).contains(#""param":"id","code":"invalid_path""#))
  }

  @Test(arguments: [
    ("/v1/models", "GET, HEAD, OPTIONS"), ("/v1/engines/x", "GET, HEAD, OPTIONS, POST"),
  ])
  func `a method that a path lacks is 405, and OPTIONS lists the allowed ones`(path: String, allow: String) throws {
    for method in [HTTPRequest.Method.delete, try #require(HTTPRequest.Method("BREW"))] {
      let refused = router.answer(to: Request(method: method, path: path))
      #expect(refused.status == .methodNotAllowed)
      #expect(refused.fields[.allow] == allow)
      #expect(string(refused).contains(#""code":"method_not_allowed""#))
    }
    let options = router.answer(to: Request(method: .options, path: path))
    #expect(options.status == .noContent)
    #expect(options.fields[.allow] == allow)
  }

  @Test func `OPTIONS of the whole server is answered`() {
    #expect(router.answer(to: Request(method: .options, path: "*")).status == .noContent)
  }

  @Test func `HEAD is answered as GET is`() {
    let response = router.answer(to: Request(method: .head, path: "/v1/models"))
    #expect(response.status == .ok)
    #expect(response.fields[.contentType] == "text/plain")
    #expect(router.answer(to: Request(method: .head, path: "/nothing")).status == .notFound)
  }

  @Test func `a HEAD of a stream leaves no stream behind`() throws {
    let source = CountingSource()
    let router = Router(
      [Route(.get, "/s") { _, _ in Response(status: .ok, body: .stream(source.copy())) }], render: rendered)
    let response = router.answer(to: Request(method: .head, path: "/s"))
    guard case .stream(let ended) = response.body else {
      Issue.record("expected a body of unknown length")
      return
    }
    var out = [ArraySlice<UInt8>]()
    #expect(ended.produce(into: &out, now: .now) == .end)
    #expect(out.isEmpty)
    #expect(source.count.value == 1)
  }

  @Test func `a late answer is counted once, when it is complete, with its code`() async throws {
    let source = CountingSource()
    let router = Router(
      [
        Route(.get, "/{what}") { _, parameters in
          switch parameters["what"] {
          case "now": .now(text("now"))
          case "stream": .later { Response(status: .ok, body: .stream(source.copy())) }
          default: .later { Response(status: .notFound) }
          }
        }
      ], render: rendered)
    _ = router.answer(to: Request(method: .get, path: "/now"))
    guard case .later = router.respond(to: Request(method: .get, path: "/dropped")) else {
      Issue.record("answered at once")
      return
    }
    #expect(try await router.lateAnswer(to: Request(method: .get, path: "/missing")).status == .notFound)
    let head = try await router.lateAnswer(to: Request(method: .head, path: "/stream"))
    guard case .stream(let ended) = head.body else {
      Issue.record("expected a body of unknown length")
      return
    }
    var out = [ArraySlice<UInt8>]()
    #expect(ended.produce(into: &out, now: .now) == .end)
    #expect(out.isEmpty && source.count.value == 1)
    #expect(
      router.counted() == [
        #"rollcall_http_requests_total{route="/{what}",method="GET",code="200"} 1"#,
        #"rollcall_http_requests_total{route="/{what}",method="GET",code="404"} 1"#,
        #"rollcall_http_requests_total{route="/{what}",method="HEAD",code="200"} 1"#,
      ])
  }

  @Test func `answers are counted by route, known method and code`() throws {
    for path in ["/v1/models", "/v1/models/", "/v1/models/a", "/v1/models/b%2Fc", "/v1/models/%", "/else"] {
      _ = router.answer(to: Request(method: .get, path: path))
    }
    _ = router.answer(to: Request(method: try #require(HTTPRequest.Method("BREW")), path: "/v1/models"))
    #expect(
      router.counted() == [
        #"rollcall_http_requests_total{route="/v1/models",method="GET",code="200"} 2"#,
        #"rollcall_http_requests_total{route="/v1/models",method="other",code="405"} 1"#,
        #"rollcall_http_requests_total{route="/v1/models/{id...}",method="GET",code="200"} 2"#,
        #"rollcall_http_requests_total{route="/v1/models/{id...}",method="GET",code="400"} 1"#,
        #"rollcall_http_requests_total{route="other",method="GET",code="404"} 1"#,
      ])
  }

  @Test func `routes with one label are counted together`() {
    let router = Router(
      [
        Route(.get, "/a", label: "/x") { _, _ in text("a") }, Route(.get, "/b") { _, _ in text("b") },
        Route(.get, "/c/{id...}", label: "/x") { _, _ in .later { text("c") } },
      ], render: rendered)
    for path in ["/a", "/b", "/c/%"] { _ = router.answer(to: Request(method: .get, path: path)) }
    #expect(
      router.counted() == [
        #"rollcall_http_requests_total{route="/x",method="GET",code="200"} 1"#,
        #"rollcall_http_requests_total{route="/x",method="GET",code="400"} 1"#,
        #"rollcall_http_requests_total{route="/b",method="GET",code="200"} 1"#,
      ])
  }

  @Test func `every series exists from the start, and no request adds one`() throws {
    let router = Router([Route(.get, "/a") { _, _ in Response(status: .init(code: 299)) }], render: rendered)
    func series() -> Set<[MetricFamily.Label]> { Set(router.families().flatMap(\.samples).map(\.labels)) }
    let before = series()
    var random = SystemRandomNumberGenerator()
    for _ in 0..<2_000 {
      let word = String(random.next(), radix: 36).uppercased()
      _ = router.answer(to: Request(method: try #require(HTTPRequest.Method(word)), path: "/" + word))
      _ = router.answer(to: Request(method: try #require(HTTPRequest.Method(word)), path: "/a"))
      router.countTransportResponse(Int.random(in: -9...999))
    }
    _ = router.answer(to: Request(method: .get, path: "/a"))
    #expect(series() == before)
    #expect(router.counted().contains(#"rollcall_http_requests_total{route="/a",method="GET",code="other"} 1"#))
    #expect(router.counted().contains(#"rollcall_http_requests_total{route="/a",method="other",code="405"} 2000"#))
    let times = try #require(router.families().first { $0.name == "rollcall_http_request_duration_seconds" })
    #expect(times.samples.filter { $0.suffix == "_count" }.map(\.value) == [2_001, 2_000])
  }
}

extension Router {
  /// The lines of the requests that came, without zeros.
  fileprivate func counted() -> [String] {
    let text = String(decoding: Exposition.prometheus.text(Array(families().prefix(1))), as: UTF8.self)
    return text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasSuffix(" 0") }.map(String.init)
  }

  /// What is answered at once.
  fileprivate func answer(to request: Request) -> Response {
    guard case .now(let response) = respond(to: request) else {
      Issue.record("answered later")
      return Response(status: .internalServerError)
    }
    return response
  }

  /// What takes time.
  fileprivate func lateAnswer(to request: Request) async throws -> Response {
    guard case .later(let answer) = respond(to: request) else { throw AnsweredAtOnce() }
    return await answer()
  }
}

private struct AnsweredAtOnce: Error {}

/// A shape that shows all of a problem.
@Sendable private func rendered(_ problem: Problem, _ request: Request?) -> Response {
  var response = Response(status: problem.status)
  response.fields[.allow] = problem.allow
  let text = #"{"message":"\#(problem.message)","param":"\#(problem.parameter ?? "")","code":"\#(problem.code ?? "")"}"#
  response.body = .bytes([Array(text.utf8)[...]])
  return response
}

private func text(_ body: String) -> Response {
  Response(status: .ok, fields: [.contentType: "text/plain"], body: .bytes([Array(body.utf8)[...]]))
}

func string(_ response: Response) -> String {
  guard case .bytes(let slices) = response.body else { return "" }
  return String(decoding: slices.joined(), as: UTF8.self)
}

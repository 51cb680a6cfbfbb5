import Catalog
import Foundation
import HTTP
import HTTPTypes
import Services
import Testing

@Suite struct ToolAddressTests {
  private func show(_ fixture: Fixture, _ body: String, query: String? = nil) -> Response {
    let request = Request(method: .post, path: "/api/show", query: query, body: Array(body.utf8))
    guard case .now(let response) = fixture.rest.respond(to: request) else {
      Issue.record("not answered at once")
      return Response(status: .internalServerError)
    }
    return response
  }

  private func names(_ response: Response, _ list: String = "models", _ member: String = "name") throws -> [String] {
    try #require(try json(response)[list] as? [[String: Any]]).compactMap { $0[member] as? String }
  }

  @Test(arguments: ["/models", "/models/", "/v1/models/", "/models?x=y", "/v1/models/?limit=", "/models/?"])
  func `the list has an address without v1, and one with a slash`(target: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a/b", "c"])
    let list = fixture.get("/v1/models")
    let other = fixture.get(target)
    #expect(text(other) == text(list) && other.fields[.eTag] == list.fields[.eTag])
    let tag = try #require(list.fields[.eTag])
    #expect(fixture.get(target, [.ifNoneMatch: tag]).status == .notModified)
    #expect(fixture.get(target, method: .post).fields[.allow] == "GET, HEAD, OPTIONS")
  }

  @Test func `one model and every parameter are served without v1, too`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a/b", "c"])
    #expect(text(fixture.get("/models/a/b")) == text(fixture.get("/v1/models/a/b")))
    #expect(text(fixture.get("/models/a%2Fb")) == text(fixture.get("/v1/models/a/b")))
    #expect(fixture.get("/models/ghost").status == .notFound)
    #expect(try ids(fixture.get("/models/?limit=1")) == ["a/b"])
    #expect(try json(fixture.get("/models/?limit=0"))["error"] is [String: Any])
    guard case .stream(let watch) = fixture.get("/models?watch=true").body else {
      Issue.record("no stream")
      return
    }
    watch.closed()
  }

  @Test func `entries have the context length where llama.cpp's clients look`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    #expect((try entries(fixture.get("/v1/models"))[0]["meta"] as? [String: Int]) == ["n_ctx": 4096])
  }

  @Test func `Ollama's lists show all models, and those in memory`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "both"])
    try await fixture.serve(["b", "both"], on: "e2", state: .unreachable)
    try await fixture.serve(["c"], on: "e3", state: .cold)
    try await fixture.serve(["d"], on: "e4", namespace: "team")
    #expect(try names(fixture.get("/api/tags")) == ["a", "b", "both", "c", "d"])
    #expect(try names(fixture.get("/api/tags?namespace=team&limit=0&view=x&client_version=1")) == ["d"])
    #expect(try names(await fixture.getEventually("/api/ps")) == ["a", "both", "d"])
    #expect(try names(await fixture.getEventually("/api/ps?namespace=team&filter=((")) == ["d"])
    #expect(try names(fixture.get("/api/tags?namespace=none")) == [])
    let version = fixture.get("/api/version")
    #expect(text(version) == #"{"version":"1.2.3"}"#)
    for response in [
      version, fixture.get("/api/tags"), await fixture.getEventually("/api/ps"), show(fixture, #"{"model":"a"}"#),
    ] {
      #expect(response.status == .ok && response.fields[.server] == "rollcall")
      #expect(response.fields[.contentType] == "application/json")
    }
    #expect(fixture.get("/v1/models").fields[.server] == nil)
  }

  @Test(arguments: ["/api/tags", "/api/ps", "/api/v0/models", "/api/v0/models/a"])
  func `lists of other APIs have tags of their own, are compressed alike and answer HEAD`(path: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b"])
    let response = await fixture.getEventually(path)
    let tag = try #require(response.fields[.eTag])
    #expect(await fixture.getEventually(path, [.ifNoneMatch: tag]).status == .notModified)
    for other in ["/v1/models", "/api/tags", "/api/ps", "/api/v0/models", "/v1/models/a", "/api/v0/models/a"]
    where other != path {
      #expect(await fixture.getEventually(other).fields[.eTag] != tag, "\(other)")
    }
    let head = await fixture.getEventually(path, method: .head)
    #expect(head.status == .ok && head.fields[.eTag] == tag)
    for method in [HTTPRequest.Method.post, .put, .delete] {
      let refused = fixture.get(path, method: method)
      #expect(refused.status == .methodNotAllowed && refused.fields[.allow] == "GET, HEAD, OPTIONS")
      #expect(try json(refused)["error"] is String)
    }
    try await fixture.serve(["a"], state: .cold)
    #expect(await fixture.getEventually(path).fields[.eTag] != tag)
  }

  @Test func `Ollama's show finds a model by either member, with and without the tag latest`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["org/a", "llama3:latest", "q:8b"])
    try await fixture.serve(["t"], on: "e2", namespace: "team")
    for (body, isFound) in [
      (#"{"model":"org/a"}"#, true), (#"{"name":"org/a"}"#, true),
      (#"{"model":"","name":"org/a","verbose":true}"#, true),
      (#"{"model":"org/a:latest"}"#, true), (#"{"model":"llama3"}"#, true), (#"{"model":"llama3:latest"}"#, true),
      (#"{"model":"q:8b"}"#, true), (#"{"model":"q"}"#, false), (#"{"model":"q:8b:latest"}"#, true),
      (#"{"model":"t"}"#, true),
      (#"{"model":"ghost"}"#, false), (#"{"model":":latest"}"#, false), (#"{"model":"\#u{0}"}"#, false),
    ] {
      let response = show(fixture, body)
      guard isFound else {
        #expect([.notFound, .badRequest].contains(response.status), "\(body)")
        #expect(try json(response)["error"] is String)
        continue
      }
      #expect(response.status == .ok, "\(body)")
      let info = try #require(try json(response)["model_info"] as? [String: Any])
      #expect(info["unknown.context_length"] as? Int == 4096)
    }
    #expect(show(fixture, #"{"model":"t"}"#, query: "namespace=team").status == .ok)
    #expect(show(fixture, #"{"model":"org/a"}"#, query: "namespace=team").status == .notFound)
    #expect(show(fixture, #"{"model":"t"}"#, query: "namespace=%zz").status == .badRequest)
    #expect(text(show(fixture, #"{"model":"ghost"}"#)) == #"{"error":"The model 'ghost' does not exist"}"# + "\n")
  }

  @Test(arguments: [
    ("", 400), ("x", 400), ("{", 400), ("[]", 400), ("null", 400), ("{}", 400), (#"{"model":1}"#, 400),
    (#"{"model":null}"#, 400), (#"{"model":""}"#, 400), ("\u{feff}{}", 400),
    ("[" + String(repeating: "[", count: 10_000), 400),
    (#"{"model":""# + String(repeating: "x", count: 600) + #""}"#, 400),
    (#"{"model":""# + String(repeating: "x", count: 20_000) + #""}"#, 413),
  ])
  func `Ollama's show refuses a body that names no model`(body: String, status: Int) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    let response = show(fixture, body)
    #expect(response.status.code == status)
    let error = try #require(try json(response)["error"] as? String)
    #expect(!error.isEmpty && error.utf8.count < 1_100)
    let get = fixture.get("/api/show")
    #expect(get.status == .methodNotAllowed && get.fields[.allow] == "OPTIONS, POST")
  }

  @Test func `LM Studio's list and entry have the shape of its API`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a/b"])
    try await fixture.serve(["c"], on: "e2", namespace: "team", state: .cold)
    let list = fixture.get("/api/v0/models")
    #expect(try json(list)["object"] as? String == "list")
    #expect(try names(list, "data", "id") == ["a/b", "c"])
    #expect(try names(list, "data", "state") == ["loaded", "not-loaded"])
    #expect(try names(fixture.get("/api/v0/models/?namespace=team&limit=0"), "data", "id") == ["c"])
    #expect(try json(fixture.get("/api/v0/models/a/b"))["max_context_length"] as? Int == 4096)
    #expect(try json(fixture.get("/api/v0/models/ghost"))["error"] as? String == "The model 'ghost' does not exist")
    #expect(fixture.get("/api/v0/models/ghost").status == .notFound)
  }

  @Test func `no API calls a list empty that is not known`() throws {
    let fixture = try Fixture(ready: false)
    for response in [
      fixture.get("/api/tags"), fixture.get("/api/ps"), fixture.get("/api/v0/models"), fixture.get("/api/v0/models/m"),
      show(fixture, #"{"model":"m"}"#),
    ] {
      #expect(response.status == .serviceUnavailable && response.fields[.retryAfter] == "1")
      #expect((try json(response)["error"] as? String)?.hasPrefix("The list is not complete yet") == true)
    }
    #expect(fixture.get("/api/version").status == .ok)
    #expect(fixture.get("/models").status == .serviceUnavailable)
  }

  @Test func `Ollama's API can be off, and LM Studio's stays`() async throws {
    let fixture = try Fixture(servesOllama: false)
    try await fixture.serve(["m"])
    for path in ["/api/version", "/api/tags", "/api/ps", "/api/show"] {
      #expect(fixture.get(path).status == .notFound)
      #expect(try json(fixture.get(path))["error"] is String)
    }
    #expect(show(fixture, #"{"model":"m"}"#).status == .notFound)
    #expect(fixture.get("/api/v0/models").status == .ok)
  }

  @Test func `a long list is the same in one piece and in many`() async throws {
    let fixture = try Fixture()
    let ids = (0..<2_000).map { "m\($0)" }
    try await fixture.serve(ids)
    for (path, list, member) in [
      ("/api/tags", "models", "model"), ("/api/ps", "models", "model"), ("/api/v0/models", "data", "id"),
    ] {
      #expect(try names(await fixture.getEventually(path), list, member) == ids.sorted(), "\(path)")
    }
  }

  @Test func `a watch of another origin names the origin, and its errors do`() async throws {
    let fixture = try Fixture(limits: [.watches: 1], allowedOrigins: .these(["http://page"]))
    try await fixture.serve(["m"])
    let first = fixture.get("/v1/models?watch=true", [.origin: "http://page"])
    #expect(first.fields[.accessControlAllowOrigin] == "http://page")
    #expect(first.fields[.contentType] == "text/event-stream")
    guard case .stream(let watch) = first.body else {
      Issue.record("no stream")
      return
    }
    let second = fixture.get("/v1/models?watch=true", [.origin: "http://page"])
    #expect(second.status == .serviceUnavailable && second.fields[.accessControlAllowOrigin] == "http://page")
    #expect(second.fields[.accessControlExposeHeaders]?.contains("Retry-After") == true)
    watch.closed()
    let late = await fixture.getEventually("/v1/models:diff?from_revision=1", [.origin: "http://page"])
    #expect(late.status == .badRequest && late.fields[.accessControlAllowOrigin] == "http://page")
  }
}

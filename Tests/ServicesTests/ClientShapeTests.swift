import Catalog
import Foundation
import HTTP
import HTTPTypes
import Testing

@Suite struct ClientShapeTests {
  static let anthropic: HTTPFields = [.anthropicVersion: "2023-06-01"]

  @Test func `a client that sends anthropic-version gets Anthropic's list, complete`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "org/m\($0)" })
    let response = fixture.get("/v1/models", Self.anthropic)
    let list = try json(response)
    #expect(Set(list.keys) == ["data", "has_more", "first_id", "last_id"])
    let data = try #require(list["data"] as? [[String: Any]])
    #expect(data.compactMap { $0["id"] as? String } == (0..<300).map { "org/m\($0)" }.sorted())
    #expect(data.first?["type"] as? String == "model")
    #expect(data.first?["display_name"] as? String == "org/m0")
    #expect(data.first?["created_at"] as? String == "2023-11-14T22:13:20.000000Z")
    #expect(data.first?["max_input_tokens"] as? Int == 4096)
    #expect(data.first?["context_length"] as? Int == 4096)
    #expect(list["has_more"] as? Bool == false)
    #expect(list["first_id"] as? String == "org/m0")
    #expect(list["last_id"] as? String == "org/m99")
    #expect(try json(Fixture().get("/v1/models", Self.anthropic))["first_id"] is NSNull)
  }

  @Test func `Claude Code's request gets a page`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<1500).map { "m\($0)" })
    let list = try json(fixture.get("/v1/models?limit=1000", Self.anthropic))
    #expect((list["data"] as? [Any])?.count == 1000)
    #expect(list["has_more"] as? Bool == true)
    let last = try #require(list["last_id"] as? String)
    let rest = try json(fixture.get("/v1/models?limit=1000&after_id=\(last)", Self.anthropic))
    #expect((rest["data"] as? [Any])?.count == 500)
    #expect(rest["has_more"] as? Bool == false)
  }

  @Test func `a client that sends client_version gets Codex's list, and its tag in X-Models-Etag too`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<100).map { "m\($0)" })
    let response = fixture.get("/v1/models?client_version=0.99.0")
    let list = try json(response)
    #expect(Set(list.keys) == ["models"])
    let models = try #require(list["models"] as? [[String: Any]])
    #expect(models.count == 100)
    #expect(models.first?["slug"] as? String == "m0")
    #expect(models.first?["context_window"] as? Int == 4096)
    #expect(models.first?["base_instructions"] is String)
    let tag = try #require(response.fields[.eTag])
    #expect(response.fields[HTTPField.Name("X-Models-Etag")!] == tag)
    let again = fixture.get("/v1/models?client_version=0.99.0", [.ifNoneMatch: tag])
    #expect(again.status == .notModified)
    // Another version of the client is told the same.
    #expect(fixture.get("/v1/models?client_version=1.0.0").fields[.eTag] == tag)
  }

  @Test func `the query counts more than the header`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    #expect(try json(fixture.get("/v1/models?client_version=1", Self.anthropic))["models"] != nil)
    #expect(try json(fixture.get("/v1/models?client_version=", Self.anthropic))["first_id"] != nil)
  }

  @Test func `each shape has a tag of its own, and an answer names the fields that it depends on`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    for target in ["/v1/models", "/v1/models/m", "/v1/models?limit=10", "/v1/models?order_by=owned_by"] {
      let separator = target.contains("?") ? "&" : "?"
      let responses = [
        fixture.get(target), fixture.get(target, Self.anthropic),
        fixture.get(target + separator + "client_version=1"),
      ]
      let tags = Set(responses.compactMap { $0.fields[.eTag] })
      #expect(tags.count == 3)
      for response in responses {
        #expect(response.fields[.vary]?.contains("Anthropic-Version") == true)
        for tag in tags where tag != response.fields[.eTag] {
          #expect(
            fixture.get(target, [.ifNoneMatch: tag]).status == (tag == responses[0].fields[.eTag] ? .notModified : .ok))
        }
      }
    }
  }

  @Test func `one model comes in each shape`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a/b"])
    #expect(try json(fixture.get("/v1/models/a/b", Self.anthropic))["type"] as? String == "model")
    #expect(try json(fixture.get("/v1/models/a/b?client_version=1"))["slug"] as? String == "a/b")
    let full = try json(fixture.get("/v1/models/a/b?view=full", Self.anthropic))
    #expect(full["type"] as? String == "model")
    #expect((full["replicas"] as? [Any])?.count == 1)
  }

  @Test(arguments: [
    ("/v1/models/ghost", 404, "not_found_error"), ("/v1/models?limit=0", 400, "invalid_request_error"),
    ("/v1/models?namespace=%zz", 400, "invalid_request_error"),
    ("/v1/models?at_revision=1", 400, "invalid_request_error"),
  ])
  func `errors have the form of the client's shape`(target: String, status: Int, type: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    let separator = target.contains("?") ? "&" : "?"
    for (fields, suffix, isAnthropic) in [
      (Self.anthropic, "", true), ([:], "", false), (Self.anthropic, separator + "client_version=1", false),
    ] {
      let response = await fixture.getEventually(target + suffix, fields)
      #expect(response.status.code == status)
      #expect(response.fields[.contentType] == "application/json")
      guard isAnthropic else {
        _ = try error(response)
        continue
      }
      let object = try json(response)
      #expect(object["type"] as? String == "error")
      let inner = try #require(object["error"] as? [String: Any])
      #expect(Set(inner.keys) == ["type", "message"])
      #expect(inner["type"] as? String == type)
    }
  }

  @Test func `an Anthropic client gets 503 in its own form before sources are synced`() throws {
    let response = try Fixture(ready: false).get("/v1/models", Self.anthropic)
    #expect(response.status == .serviceUnavailable)
    #expect(response.fields[.retryAfter] == "1")
    #expect((try json(response)["error"] as? [String: Any])?["type"] as? String == "overloaded_error")
  }
}

extension HTTPField.Name {
  static let anthropicVersion = HTTPField.Name("anthropic-version")!
}

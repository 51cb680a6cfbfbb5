import Catalog
import HTTP
import HTTPTypes
import Testing

@Suite struct ConditionalListTests {
  static let targets = ["/v1/models", "/v1/models/a", "/v1/models?namespace=default"]

  @Test(arguments: targets)
  func `a client that holds the current tag gets 304 with the fields of the whole answer`(target: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let full = fixture.get(target)
    let tag = try #require(full.fields[.eTag])
    #expect(tag.hasPrefix("\"") && tag.hasSuffix("\"") && tag.utf8.count > 10)
    #expect(full.fields[.cacheControl] == "private, no-cache")
    #expect(full.fields[.vary] == "Authorization, Accept, Accept-Encoding, Anthropic-Version")
    for condition in [tag, "W/" + tag, "\"x\", " + tag, "*"] {
      let response = fixture.get(target, [.ifNoneMatch: condition])
      #expect(response.status == .notModified)
      #expect(text(response).isEmpty)
      for name in [HTTPField.Name.eTag, .cacheControl, .vary] {
        #expect(response.fields[name] == full.fields[name])
      }
    }
    #expect(fixture.get(target, [.ifNoneMatch: "\"x\""]).status == .ok)
  }

  @Test(arguments: targets)
  func `a tag changes with the facts and comes back with them`(target: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let first = fixture.get(target).fields[.eTag]
    try await fixture.serve(["a"], state: .unreachable)
    let second = fixture.get(target).fields[.eTag]
    #expect(first != second)
    #expect(fixture.get(target, [.ifNoneMatch: first ?? ""]).status == .ok)
    try await fixture.serve(["a"])
    #expect(fixture.get(target).fields[.eTag] == first)
  }

  @Test func `a tag is the same in another process with the same facts, in whatever order they came`() async throws {
    let one = try Fixture()
    try await one.serve(["a", "b"])
    let other = try Fixture()
    try await other.serve(["b"])
    try await other.serve(["a", "b", "c"])
    try await other.serve(["b", "a"])
    #expect(one.catalog.view.head != other.catalog.view.head)
    #expect(one.get("/v1/models").fields[.eTag] == other.get("/v1/models").fields[.eTag])
    #expect(text(one.get("/v1/models")) == text(other.get("/v1/models")))
  }

  @Test func `readings change no tag`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let before = fixture.get("/v1/models").fields[.eTag]
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 1))
    #expect(fixture.get("/v1/models").fields[.eTag] == before)
  }

  @Test func `an unknown model is 404 whatever tag the client holds`() throws {
    #expect(try Fixture().get("/v1/models/ghost", [.ifNoneMatch: "*"]).status == .notFound)
  }

  @Test func `HEAD has the fields of GET`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let head = fixture.get("/v1/models", method: .head)
    #expect(head.status == .ok)
    #expect(head.fields == fixture.get("/v1/models").fields)
    #expect(fixture.get("/v1/models", [.ifNoneMatch: "*"], method: .head).status == .notModified)
  }

  @Test(arguments: targets, [HTTPRequest.Method.get, .head])
  func `a reader that wants another representation gets 412`(target: String, method: HTTPRequest.Method) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let tag = try #require(fixture.get(target).fields[.eTag])
    for wanted in [tag, "\"x\", " + tag, "*", String(tag.dropLast()) + "-gzip\""] {
      #expect(fixture.get(target, [.ifMatch: wanted], method: method).status == .ok)
      #expect(fixture.get(target, [.ifMatch: wanted, .ifNoneMatch: tag], method: method).status == .notModified)
    }
    for wanted in ["\"x\"", "W/" + tag, "x", ""] {
      for held in [HTTPFields(), [.ifNoneMatch: tag], [.ifNoneMatch: "*"]] {
        var fields = held
        fields[.ifMatch] = wanted
        let response = fixture.get(target, fields, method: method)
        #expect(response.status == .preconditionFailed)
        #expect(text(response).contains(#""code":"precondition_failed""#))
      }
    }
  }

  @Test func `an answer without a tag has no match but *`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    for target in ["/v1/models?view=FULL", "/v1/models/a?view=FULL"] {
      #expect(fixture.get(target, [.ifMatch: "*"]).status == .ok)
      #expect(fixture.get(target, [.ifMatch: "\"x\""]).status == .preconditionFailed)
    }
    #expect(fixture.get("/v1/models/ghost", [.ifMatch: "\"x\""]).status == .notFound)
    #expect(fixture.get("/v1/models?view=X", [.ifMatch: "\"x\""]).status == .badRequest)
  }

  @Test func `very long conditions take time in proportion to their length`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    let tag = try #require(fixture.get("/v1/models").fields[.eTag])
    let many = String(repeating: #""0123456789abcdef", "#, count: 10_000)
    let clock = ContinuousClock()
    let time = clock.measure {
      #expect(fixture.get("/v1/models", [.ifNoneMatch: many + tag]).status == .notModified)
      #expect(fixture.get("/v1/models", [.ifNoneMatch: many, .acceptEncoding: many]).status == .ok)
    }
    #expect(time < .seconds(10))
  }

  @Test func `an order by namespaces is not that of ids, and has another tag`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "c"], on: "e1", namespace: "z")
    try await fixture.serve(["b"], on: "e2", namespace: "y")
    let ordered = fixture.get("/v1/models?order_by=namespace")
    let plain = fixture.get("/v1/models")
    #expect(text(ordered).contains(#""id":"b""#) && text(ordered) != text(plain))
    #expect(ordered.fields[.eTag] != plain.fields[.eTag])
    let after = fixture.get("/v1/models?order_by=namespace&after=nobody")
    #expect(after.status == .badRequest)
  }
}

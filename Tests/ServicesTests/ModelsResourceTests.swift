import Catalog
import HTTP
import HTTPTypes
import Testing

@Suite struct ModelsResourceTests {
  @Test func `the list is complete, in OpenAI's shape`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<300).map { "org/m\($0)" })
    let response = fixture.get("/v1/models")
    #expect(response.status == .ok)
    #expect(response.fields[.contentType] == "application/json")
    #expect(try ids(response) == (0..<300).map { "org/m\($0)" }.sorted())
    let entry = try #require(try entries(response).first)
    #expect(entry["object"] as? String == "model")
    #expect(entry["created"] as? Int == 1_700_000_000)
    #expect(entry["owned_by"] as? String == "vllm")
    #expect(entry["max_model_len"] as? Int == 4096)
    #expect(entry["state"] as? String == "READY")
    #expect(entry["replicas"] == nil)
  }

  @Test func `an empty list is served when sources are synced`() throws {
    #expect(try text(Fixture().get("/v1/models")) == #"{"object":"list","data":[]}"#)
  }

  @Test func `a list of one namespace is made of the snapshot's own bytes, once`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<500).map { "m\($0)" })
    guard case .bytes(let first) = fixture.get("/v1/models").body,
      case .bytes(let second) = fixture.get("/v1/models").body
    else {
      Issue.record("no bytes")
      return
    }
    let leaf = try #require(fixture.catalog.view.snapshot.jsonSlices(namespace: nil, sight: .all).first)
    #expect(first.count < 20)
    #expect(isSameMemory(first[1], leaf))
    #expect(zip(first, second).allSatisfy { isSameMemory($0, $1) })
  }

  @Test func `a list without a namespace has each id once, whole`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["shared", "z"], on: "e1", root: "/default")
    try await fixture.serve(["shared", "only-a", "both"], on: "e2", namespace: "alpha", root: "/alpha")
    try await fixture.serve(["both", "shared"], on: "e3", namespace: "beta", root: "/beta")
    let list = try entries(fixture.get("/v1/models"))
    #expect(list.map { $0["id"] as? String } == ["both", "only-a", "shared", "z"])
    #expect(list.map { $0["root"] as? String } == ["/alpha", "/alpha", "/default", "/default"])
    #expect(list.map { $0["total_replicas"] as? Int } == [1, 1, 1, 1])
    #expect(try ids(fixture.get("/v1/models?namespace=beta")) == ["both", "shared"])
    #expect(try ids(fixture.get("/v1/models?namespace=nobody")) == [])
    #expect(try ids(fixture.get("/v1/models?view=full")) == ["both", "only-a", "shared", "z"])
    #expect(try json(fixture.get("/v1/models/both"))["root"] as? String == "/alpha")
    #expect(try json(fixture.get("/v1/models/shared"))["root"] as? String == "/default")
    #expect(try json(fixture.get("/v1/models/shared?namespace=beta"))["root"] as? String == "/beta")
    #expect(fixture.get("/v1/models/z?namespace=beta").status == .notFound)
  }

  @Test func `namespaces that look alike are distinct`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["one"], namespace: "caf\u{E9}")
    try await fixture.serve(["two"], on: "e2", namespace: "cafe\u{301}")
    #expect(try ids(fixture.get("/v1/models?namespace=caf%C3%A9")) == ["one"])
    #expect(try ids(fixture.get("/v1/models?namespace=cafe%CC%81")) == ["two"])
  }

  @Test func `the list follows each change`() async throws {
    let fixture = try Fixture()
    for ids in [["a"], ["a", "b"], ["b"], []] {
      try await fixture.serve(ids)
      #expect(try ServicesTests.ids(fixture.get("/v1/models")) == ids)
    }
  }

  @Test(arguments: [
    ("/v1/models/meta-llama/Llama-3", "meta-llama/Llama-3"),
    ("/v1/models/meta-llama%2FLlama-3", "meta-llama/Llama-3"),
    ("/v1/models/a%20b%252F%3F%23%C3%A9", "a b%2F?#é"),
    ("/v1/models/..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
    ("/v1/models/%22%0A%5C%3Cscript%3E", "\"\n\\<script>"),
    ("/v1/models/a//b/", "a//b/"),
  ])
  func `a model is found by its id in any encoding`(target: String, id: String) async throws {
    let fixture = try Fixture()
    #expect(try error(fixture.get(target))["code"] as? String == "model_not_found")
    try await fixture.serve([id])
    let response = fixture.get(target)
    #expect(response.status == .ok)
    #expect(try json(response)["id"] as? String == id)
  }

  @Test func `an unknown model is OpenAI's error`() throws {
    let response = try Fixture().get("/v1/models/ghost%22")
    #expect(response.status == .notFound)
    let error = try error(response)
    #expect(error["message"] as? String == "The model 'ghost\"' does not exist")
    #expect(error["type"] as? String == "invalid_request_error")
    #expect(error["param"] as? String == "model")
    #expect(error["code"] as? String == "model_not_found")
  }

  @Test func `view FULL has replicas, and is not for caches`() async throws {
    let fixture = try Fixture()
    try await fixture.serve((0..<400).map { "m\($0)" })
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 0))
    let list = fixture.get("/v1/models?view=full", [.ifNoneMatch: "*"])
    let one = fixture.get("/v1/models/m1?view=full")
    for response in [list, one] {
      #expect(response.status == .ok)
      #expect(response.fields[.eTag] == nil)
      #expect(response.fields[.cacheControl] == "no-store")
    }
    let entry = try #require(try entries(fixture.get("/v1/models?view=full")).first)
    for entry in [entry, try json(one)] {
      let replica = try #require((entry["replicas"] as? [[String: Any]])?.first)
      #expect(replica["engine_id"] as? String == "e1")
      #expect((replica["observed_at"] as? String)?.hasPrefix("1970-01-01T00:00:00") == true)
    }
    #expect(try ids(fixture.get("/v1/models?view=full")).count == 400)
    #expect(try text(Fixture().get("/v1/models?view=full")) == #"{"object":"list","data":[]}"#)
  }

  @Test(arguments: [
    ("at_revision=-3", "at_revision"), ("view=most", "view"), ("client_version=1&client_version=2", "client_version"),
    ("watch=maybe", "watch"), ("watch=true&at_revision=3", "at_revision"), ("namespace=a&namespace=b", "namespace"),
    ("namespace=%zz", "namespace"),
    ("namespace=%00", "namespace"), ("watch=true&start_revision=-1", "start_revision"),
    ("watch=true&start_revision=x", "start_revision"),
    ("watch=true&start_revision=99999999999999999999", "start_revision"),
  ])
  func `a wrong request is 400 and names its parameter`(query: String, param: String) throws {
    let response = try Fixture().get("/v1/models?" + query)
    #expect(response.status == .badRequest)
    #expect(try error(response)["param"] as? String == param)
  }

  @Test(arguments: [
    "limit=1000", "filter=", "filter=%20", "order_by=", "namespace=", "view=basic", "watch=false", "%20=1", "after=",
    "client_version=",
  ])
  func `unknown parameters change nothing`(query: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    #expect(try ids(fixture.get("/v1/models?" + query)) == ["a"])
  }

  @Test(arguments: ["/v1/models", "/v1/models/a", "/v1/models?view=full"])
  func `the list is 503 with Retry-After before sources are synced`(target: String) async throws {
    let fixture = try Fixture(ready: false)
    try await fixture.serve(["a"])
    let response = fixture.get(target)
    #expect(response.status == .serviceUnavailable)
    #expect(response.fields[.retryAfter] == "1")
    #expect(try error(response)["code"] as? String == "not_ready")
  }
}

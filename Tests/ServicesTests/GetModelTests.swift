import Catalog
import GRPC
import Testing
import Wire

@Suite struct GetModelTests {
  static let path = "/rollcall.v1.ModelCatalog/GetModel"

  private func get(_ fixture: Fixture, _ request: GetRequest) throws -> ModelMessage {
    try ModelMessage.decode(try fixture.call(Self.path, request.encode()))
  }

  @Test(arguments: ["tiny", "meta-llama/Llama-3", "é 😀", "a\nb", "..", String(repeating: "x", count: 512)])
  func `a model is found by its id`(id: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve([id, "other"])
    let model = try get(fixture, GetRequest(id: id)).model
    #expect(model.key == ModelKey(namespace: "default", id: id))
    #expect(model.state == .ready)
    #expect(model.revision == fixture.catalog.view.head)
    #expect(model.replicas.isEmpty)
  }

  @Test func `a model without a namespace is the default namespace's`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"], root: "/default")
    try await fixture.serve(["a", "b"], on: "e2", namespace: "team", root: "/team")
    #expect(try get(fixture, GetRequest(id: "a")).model.root == "/default")
    #expect(try get(fixture, GetRequest(namespace: "team", id: "a")).model.root == "/team")
    #expect(#expect(throws: Status.self) { try get(fixture, GetRequest(id: "b")) }?.code == .notFound)
  }

  @Test func `view FULL has replicas and the times of their observation`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a"])
    fixture.catalog.readings.note(engineID: "e1", observedAt: Timestamp(microseconds: 9_000_000))
    let message = try get(fixture, GetRequest(id: "a", view: .full))
    #expect(message.model.replicas.map(\.endpoint) == ["http://e1:8000"])
    #expect(message.replicas["e1"]?.observedAt == Timestamp(microseconds: 9_000_000))
  }

  @Test func `an unknown model is NOT_FOUND`() async throws {
    let fixture = try Fixture()
    // The first accent is one character, the second two: not the same bytes.
    try await fixture.serve(["caf\u{E9}"])
    for id in ["ghost", "cafe\u{301}", "caf"] {
      let status = #expect(throws: Status.self) { try get(fixture, GetRequest(id: id)) }
      #expect(status?.code == .notFound)
      #expect(details(status).contains("MODEL_NOT_FOUND"))
      #expect(details(status).contains("rollcall"))
    }
  }

  @Test(arguments: [("id", GetRequest(id: "")), ("at_revision", GetRequest(id: "a", atRevision: -3))])
  func `a wrong request is INVALID_ARGUMENT and names its field`(field: String, request: GetRequest) throws {
    let status = #expect(throws: Status.self) { try get(Fixture(), request) }
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains(field))
  }

  @Test func `a model is UNAVAILABLE before sources are synced`() throws {
    let status = #expect(throws: Status.self) { try get(Fixture(ready: false), GetRequest(id: "a")) }
    #expect(status?.code == .unavailable)
    #expect(details(status).contains("NOT_READY"))
  }

  @Test func `an id with NUL is refused`() throws {
    let status = #expect(throws: Status.self) { try Fixture().call(Self.path, [0x12, 3, 0x61, 0, 0x62]) }
    #expect(status?.code == .internal || status?.code == .invalidArgument)
  }
}

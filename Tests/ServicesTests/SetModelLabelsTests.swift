import Catalog
import GRPC
import Testing
import Wire

@testable import Services

@Suite struct SetModelLabelsTests {
  static let path = "/rollcall.v1.CatalogAdmin/SetModelLabels"

  private func set(
    _ fixture: Fixture, _ request: LabelsRequest, loopback: Bool = true
  ) async throws -> ModelMessage {
    try ModelMessage.decode(try await fixture.callLater(Self.path, request.encode(), loopback: loopback))
  }

  private func labels(_ fixture: Fixture, _ key: ModelKey) -> [String: String]? {
    fixture.catalog.view.snapshot.model(key, sight: .all)?.model.labels
  }

  @Test func `declared labels replace the previous ones, and come back with the model`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    try await fixture.serve(["m"], on: "e2", namespace: "team")
    let first = try await set(fixture, LabelsRequest(id: "m", labels: ["tier": "gold", "a": "1"]))
    #expect(first.model.labels == ["tier": "gold", "a": "1"])
    #expect(first.model.key == ModelKey(namespace: "default", id: "m"))
    #expect(first.model.revision == fixture.catalog.view.head)
    #expect(first.model.replicas.isEmpty)
    let second = try await set(fixture, LabelsRequest(id: "m", labels: ["b": "2"], etag: first.model.etag))
    #expect(second.model.labels == ["b": "2"])
    #expect(labels(fixture, ModelKey(namespace: "default", id: "m")) == ["b": "2"])
    #expect(labels(fixture, ModelKey(namespace: "team", id: "m")) == [:])
    #expect(
      try await set(fixture, LabelsRequest(namespace: "team", id: "m", labels: ["c": "3"])).model.labels == ["c": "3"])
    #expect(try await set(fixture, LabelsRequest(id: "m")).model.labels == [:])
  }

  @Test func `another etag is ABORTED and changes nothing`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    let status = await #expect(throws: Status.self) {
      try await set(fixture, LabelsRequest(id: "m", labels: ["a": "1"], etag: "0123"))
    }
    #expect(status?.code == .aborted)
    #expect(details(status).contains("ETAG_MISMATCH"))
    #expect(labels(fixture, ModelKey(namespace: "default", id: "m")) == [:])
  }

  @Test func `an unknown model is NOT_FOUND`() async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    for request in [LabelsRequest(id: "ghost"), LabelsRequest(namespace: "team", id: "m")] {
      let status = await #expect(throws: Status.self) { try await set(fixture, request) }
      #expect(status?.code == .notFound)
      #expect(details(status).contains("MODEL_NOT_FOUND"))
    }
  }

  @Test(arguments: [
    ("id", LabelsRequest(id: "")), ("labels", LabelsRequest(id: "m", labels: ["": "x"])),
    ("labels", LabelsRequest(id: "m", labels: ["a": String(repeating: "x", count: 5_000)])),
    ("labels", LabelsRequest(id: "m", labels: Dictionary(uniqueKeysWithValues: (0..<300).map { ("\($0)", "") }))),
  ])
  func `a wrong request is INVALID_ARGUMENT and names its field`(
    field: String, request: LabelsRequest
  ) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["m"])
    let status = await #expect(throws: Status.self) { try await set(fixture, request) }
    #expect(status?.code == .invalidArgument)
    #expect(details(status).contains(field))
    #expect(labels(fixture, ModelKey(namespace: "default", id: "m")) == [:])
  }

  @Test func `a remote peer is refused with the flag that admits it, and an open service admits it`() async throws {
    let closed = try Fixture()
    // Not even whether the request is one.
    let status = await #expect(throws: Status.self) {
      try await closed.callLater(Self.path, [0xFF], loopback: false)
    }
    #expect(status?.code == .permissionDenied)
    #expect(status?.message.contains("--admin-insecure") == true)
    #expect(details(status).contains("ADMIN_LOOPBACK_ONLY"))
    let open = try Fixture(adminIsOpen: true)
    try await open.serve(["m"])
    #expect(try await set(open, LabelsRequest(id: "m", labels: ["a": "1"]), loopback: false).model.labels == ["a": "1"])
  }

  @Test func `the request is UNAVAILABLE with a reason while the store takes no writes`() async throws {
    let store = SwitchedStore()
    let fixture = try Fixture(store: store)
    try await fixture.serve(["m"])
    store.fail("the disk is full")
    let request = LabelsRequest(id: "m", labels: ["a": "1"])
    let status = await #expect(throws: Status.self) { try await set(fixture, request) }
    #expect(status?.code == .unavailable)
    #expect(status?.message.contains("the disk is full") == true)
    #expect(details(status).contains("STORE_UNAVAILABLE"))
    #expect(fixture.catalog.storeFailure != nil)
    store.fail(nil)
    #expect(try await set(fixture, request).model.labels == ["a": "1"])
    #expect(fixture.catalog.storeFailure == nil)
  }

  @Test func `the request is UNAVAILABLE before the first sync, and a stored model can be labelled`() async throws {
    let store = SwitchedStore()
    let status = await #expect(throws: Status.self) {
      try await set(Fixture(ready: false, store: store), LabelsRequest(id: "m"))
    }
    #expect(status?.code == .unavailable)
    #expect(details(status).contains("NOT_READY"))
    try await Fixture(store: store).serve(["m"])
    let restarted = try Fixture(ready: false, store: store)
    #expect(try await set(restarted, LabelsRequest(id: "m", labels: ["a": "1"])).model.labels == ["a": "1"])
  }
}

import Catalog
import GRPC
import Testing
import Wire

@testable import Services

@Suite struct HealthServiceTests {
  private func check(_ fixture: Fixture, _ service: String) throws -> ServingStatus {
    try HealthMessages.decodeResponse(
      try fixture.call("/grpc.health.v1.Health/Check", HealthMessages.encodeCheck(service: service)))
  }

  @Test(arguments: [
    "", "rollcall.v1.ModelCatalog", "rollcall.v1.CatalogAdmin", "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ])
  func `every service is SERVING from the first sync until the server drains`(service: String) throws {
    let fixture = try Fixture(ready: false)
    #expect(try check(fixture, service) == .notServing)
    fixture.catalog.markReady()
    #expect(try check(fixture, service) == .serving)
    fixture.environment.draining.begin()
    #expect(try check(fixture, service) == .notServing)
  }

  @Test func `only the admin service is NOT_SERVING while the store takes no writes`() async throws {
    let store = SwitchedStore()
    let fixture = try Fixture(store: store)
    let admin = try watch(fixture, "rollcall.v1.CatalogAdmin")
    #expect(try pull(admin) == [.serving])
    store.fail("the disk is full")
    await #expect(throws: StoreError.self) { try await fixture.serve(["a"]) }
    #expect(try pull(admin) == [.notServing])
    #expect(try check(fixture, "rollcall.v1.CatalogAdmin") == .notServing)
    for service in ["", "rollcall.v1.ModelCatalog", "grpc.health.v1.Health"] {
      #expect(try check(fixture, service) == .serving)
    }
    store.fail(nil)
    try await fixture.serve(["a"])
    #expect(try pull(admin) == [.serving])
  }

  @Test func `an unknown service is NOT_FOUND`() throws {
    #expect(#expect(throws: Status.self) { try check(Fixture(), "rollcall.v1.Nothing") }?.code == .notFound)
  }

  @Test func `List has every service`() throws {
    let bytes = try Fixture().call("/grpc.health.v1.Health/List", [])
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("rollcall.v1.ModelCatalog") && text.contains("grpc.health.v1.Health"))
  }

  @Test func `Watch sends the status now and each change of it`() throws {
    let fixture = try Fixture(ready: false)
    let known = try watch(fixture, "rollcall.v1.ModelCatalog")
    let unknown = try watch(fixture, "nothing")
    #expect(try pull(known) == [.notServing])
    #expect(try pull(known) == [])
    #expect(try pull(unknown) == [.serviceUnknown])
    fixture.catalog.markReady()
    #expect(try pull(known) == [.serving])
    fixture.environment.draining.begin()
    #expect(try pull(known) == [.notServing])
    #expect(try pull(unknown) == [])
  }

  private func watch(_ fixture: Fixture, _ service: String) throws -> any StreamHandler {
    let stream = try fixture.open("/grpc.health.v1.Health/Watch")
    #expect(try pull(stream) == [])
    #expect(stream.received(HealthMessages.encodeCheck(service: service)[...]) == nil)
    stream.halfClosed()
    return stream
  }

  private func pull(_ stream: any StreamHandler) throws -> [ServingStatus] {
    var buffer = MessageBuffer()
    #expect(stream.produce(into: &buffer, now: .now) == .wait)
    return try messages(buffer).map { try HealthMessages.decodeResponse($0) }
  }
}

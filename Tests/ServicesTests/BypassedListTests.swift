import Catalog
import GRPC
import HTTP
import HTTPTypes
import TestKit
import Testing
import Wire

/// What clients read while the list goes on from memory.
@Suite struct BypassedListTests {
  private let store = FaultyStore(MemoryStore(epoch: 1_000_000))
  private let clock = HandClock()

  private func pass(_ fixture: Fixture, _ seconds: Int) async {
    clock.advance(by: .seconds(seconds))
    await fixture.catalog.superviseStore(now: clock.now, at: Timestamp(microseconds: 1_700_000_030_000_000))?.value
  }

  private func bypass(_ fixture: Fixture) async {
    store.fail(.refuses)
    await #expect(throws: FaultyStore.refusal) { try await fixture.serve(["lost"], at: 1_700_000_020) }
    for seconds in [0, 10] { await pass(fixture, seconds) }
  }

  private func list(_ fixture: Fixture, token: String = "") async throws -> ListPage {
    var request = ListRequest()
    (request.pageSize, request.pageToken) = (1, token)
    return try ListPage.decode(
      try await fixture.callEventually("/rollcall.v1.ModelCatalog/ListModels", request.encode()))
  }

  @Test func `readiness, metrics and the list say that memory serves and why`() async throws {
    let fixture = try Fixture(store: store)
    try await fixture.serve(["a"])
    #expect(text(fixture.get("/metrics")).contains("rollcall_store_bypassed 0\n"))
    await bypass(fixture)
    try await fixture.serve(["b"])
    #expect(fixture.get("/readyz").status == .ok)
    #expect(
      text(fixture.get("/readyz"))
        == "ok, but writes fail since 2023-11-14T22:13:40.000000Z, and the list goes on from memory since "
        + "2023-11-14T22:13:50.000000Z: the disk is full\n")
    #expect(text(fixture.get("/metrics")).contains("rollcall_store_bypassed 1\n"))
    #expect(text(fixture.get("/metrics")).contains("rollcall_store_up 0\n"))
    let page = try await list(fixture)
    #expect(page.models.map(\.model.key.id) == ["b"])
    #expect(page.unreachable == ["store"])
    store.fail(nil)
    await pass(fixture, 1)
    #expect(text(fixture.get("/readyz")) == "ok\n")
    #expect(text(fixture.get("/metrics")).contains("rollcall_store_bypassed 0\n"))
    #expect(try await list(fixture).unreachable == [])
  }

  @Test func `a page token from before is expired, and one of a list in memory is not, also after the recovery`()
    async throws
  {
    let fixture = try Fixture(store: store)
    try await fixture.serve(["a", "b", "c"])
    let before = try await list(fixture).nextPageToken
    await bypass(fixture)
    for models in [["a", "b"], ["a", "b", "d"]] {
      let status = await #expect(throws: Status.self) { try await list(fixture, token: before) }
      #expect(status?.info?.reason == "PAGE_TOKEN_EXPIRED")
      let goOn = try #require(status?.info?.metadata["page_token"])
      #expect(try await list(fixture, token: goOn).models.map(\.model.key.id) == ["b"])
      try await fixture.serve(models)
    }
    let inMemory = try await list(fixture)
    store.fail(nil)
    await pass(fixture, 1)
    try await fixture.serve(["z"])
    let next = try await list(fixture, token: inMemory.nextPageToken)
    #expect(next.models.map(\.model.key.id) == ["b"])
    #expect(next.revision == inMemory.revision)
  }
}

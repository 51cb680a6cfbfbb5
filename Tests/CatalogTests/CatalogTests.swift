import Catalog
import TestKit
import Testing

@Suite struct CatalogueTests {
  @Test("what an engine lists is published") func publishes() async throws {
    let catalogue = try Catalogue(
      store: MemoryStore(epoch: 1_000), codec: PlainFactCodec(), encoder: PlainModelEncoder())
    let ready = Condition(state: .ready, changedAt: Timestamp(microseconds: 5))
    try await catalogue.record(
      [.engine(EngineFacts(id: "e", endpoint: "http://e", condition: ready), models: [ReplicaFacts(modelID: "m/1")])],
      at: Timestamp(microseconds: 7))
    let view = catalogue.view
    #expect(view.snapshot.count == 1)
    let ref = try #require(view.snapshot.model(ModelKey(namespace: "default", id: "m/1"), sight: .all))
    #expect(ref.model.created.microseconds == 7)
    #expect(ref.model.revision == 1_001)
    #expect(view.head == 1_001)
    #expect(view.history.count == 1)
  }
}

import Catalog
import HTTP
import HTTPTypes
import Testing

/// Answers that no event loop could write at once.
@Suite struct LongAnswerTests {
  /// What a stream gives, turn by turn.
  private func turns(_ response: Response) throws -> [[UInt8]] {
    guard case .stream(let source) = response.body else {
      Issue.record("no stream")
      return []
    }
    var turns = [[UInt8]]()
    var progress = BodyProgress.more
    while progress == .more {
      var slices = [ArraySlice<UInt8>]()
      progress = source.produce(into: &slices, now: .now)
      turns.append(Array(slices.joined()))
    }
    return turns
  }

  /// One model on 400 engines.
  private func serveWidely(_ fixture: Fixture) async throws {
    let observations = (0..<400).map { number in
      let facts = EngineFacts(
        id: "e\(number)", endpoint: "http://e\(number):8000", kind: "vllm", version: "0.1", namespace: defaultNamespace,
        condition: Condition(state: .ready, changedAt: Timestamp(microseconds: 5)))
      return Observation.engine(facts, models: [ReplicaFacts(modelID: "m", ownedBy: "vllm", maxModelLen: 4096)])
    }
    try await fixture.catalog.record(observations, at: Timestamp(microseconds: 1_700_000_000_000_000))
  }

  private func body(_ turns: [[UInt8]]) -> Response {
    Response(status: .ok, body: .bytes(turns.map { $0[...] }))
  }

  @Test func `a list of merged namespaces is made in a task and streamed`() async throws {
    let fixture = try Fixture()
    for (number, namespace) in ["default", "alpha", "beta"].enumerated() {
      let ids = (0..<1_000).map { "m\($0 * (number + 1))" }
      try await fixture.serve(ids, on: "e-" + namespace, namespace: namespace)
    }
    let expected = Set((1...3).flatMap { factor in (0..<1_000).map { "m\($0 * factor)" } })
    let response = await fixture.getLater("/v1/models")
    let turns = try turns(response)
    #expect(turns.count > 5)
    #expect(turns.allSatisfy { $0.count < 70_000 })
    let found = try ids(body(turns))
    #expect(found == expected.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    // The tag is known without the list.
    let tag = try #require(response.fields[.eTag])
    #expect(fixture.get("/v1/models", [.ifNoneMatch: tag]).status == .notModified)
  }

  @Test(arguments: ["", "&client_version=1"])
  func `a model with thousands of replicas is streamed in parts`(more: String) async throws {
    let fixture = try Fixture()
    try await serveWidely(fixture)
    for target in ["/v1/models?view=full", "/v1/models/m?view=full"] {
      let turns = try turns(fixture.get(target + more))
      #expect(turns.count > 4)
      #expect(turns.allSatisfy { $0.count < 30_000 })
      let object = try json(body(turns))
      let entry = ((object["data"] ?? object["models"]) as? [[String: Any]])?.first ?? object
      #expect((entry["replicas"] as? [Any])?.count == 400)
    }
    let revision = fixture.catalog.view.head
    try await fixture.serve(["m"], on: "e1", state: .draining)
    let diff = try turns(await fixture.getLater("/v1/models:diff?from_revision=\(revision)&view=full"))
    #expect(diff.count > 8)
    #expect(diff.allSatisfy { $0.count < 30_000 })
    let change = try #require((try json(body(diff))["data"] as? [[String: Any]])?.first)
    for side in ["before", "after"] {
      #expect(((change[side] as? [String: Any])?["replicas"] as? [Any])?.count == 400)
    }
  }

  @Test func `a watch in view FULL sends a model with thousands of replicas in parts`() async throws {
    let fixture = try Fixture()
    try await serveWidely(fixture)
    guard case .stream(let source) = fixture.get("/v1/models?watch=true&view=full").body else {
      Issue.record("no stream")
      return
    }
    var bytes = [UInt8]()
    var progress = BodyProgress.more
    while progress == .more {
      var slices = [ArraySlice<UInt8>]()
      progress = source.produce(into: &slices, now: .now)
      let turn = slices.joined()
      #expect(turn.count < 60_000)
      bytes += turn
    }
    let events = EventStreamParser(bytes).events
    #expect(events.map(\.words) == ["ADDED m", "SYNCED"])
    #expect(((events[0].json["model"] as? [String: Any])?["replicas"] as? [Any])?.count == 400)
    source.closed()
  }
}

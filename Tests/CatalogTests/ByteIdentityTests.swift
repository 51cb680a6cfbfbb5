import Catalog
import TestKit
import Testing

/// Two spellings of é: Swift holds them for equal, clients do not.
private let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")

@Suite struct ByteIdentityTests {
  /// Checks that every text of a value counts in `==` by its bytes. The paths must be those of all texts, and the value
  /// must have so many fields: a new field needs a line in the `==` that is written by hand.
  private func check<Value: Equatable>(
    _ value: Value, fields: Int, _ texts: [WritableKeyPath<Value, String>],
    _ lists: [WritableKeyPath<Value, [String]>] = [],
    _ labels: [WritableKeyPath<Value, [String: String]>] = []
  ) {
    let children = Mirror(reflecting: value).children
    #expect(children.count == fields, "\(Value.self)")
    #expect(children.count { type(of: $0.value) == String.self } == texts.count, "\(Value.self)")
    #expect(children.count { type(of: $0.value) == [String].self } == lists.count, "\(Value.self)")
    #expect(children.count { type(of: $0.value) == [String: String].self } == labels.count, "\(Value.self)")
    func pair(_ set: (inout Value, String) -> Void) {
      var (first, second, same) = (value, value, value)
      set(&first, composed)
      set(&second, decomposed)
      set(&same, composed)
      #expect(first != second, "\(Value.self)")
      #expect(first == same, "\(Value.self)")
    }
    for path in texts { pair { $0[keyPath: path] = $1 } }
    for path in lists { pair { $0[keyPath: path] = [$1] } }
    for path in labels {
      pair { $0[keyPath: path] = ["name": $1] }
      pair { $0[keyPath: path] = [$1: "value"] }
    }
  }

  @Test func `facts with other bytes are other facts`() {
    #expect(composed == decomposed)
    check(condition(), fields: 4, [\.reason])
    check(ReasonParts(), fields: 5, [\.finding, \.hint, \.trouble, \.pendingRemoval])
    check(
      engine("e"), fields: 12, [\.id, \.endpoint, \.kind, \.version, \.namespace, \.cluster, \.podUID], [\.via],
      [\.labels])
    check(
      ReplicaFacts(modelID: "m"), fields: 9, [\.modelID, \.ownedBy, \.root, \.parent, \.version], [], [\.labels])
    check(
      EngineClaim(sourceKind: "", sourceName: "", part: "", id: "", isProbed: true),
      fields: 17,
      [
        \.sourceKind, \.sourceName, \.part, \.id, \.kind, \.keyEnv, \.keyFile, \.hint, \.workload, \.modelVersion,
      ], [], [\.options])
    check(
      Registration(leaseID: "l", url: "u", ttl: .seconds(1)), fields: 11,
      [\.leaseID, \.namespace, \.url, \.kind, \.engineID, \.cluster, \.keyEnv, \.keyFile], [],
      [\.labels, \.options])
    check(
      Replica(engineID: "e", endpoint: "u", condition: condition()), fields: 9,
      [\.engineID, \.endpoint, \.engineKind, \.engineVersion, \.cluster, \.root], [\.via])
    check(
      Model(key: key("m"), state: .ready, created: moment(1)), fields: 16,
      [\.ownedBy, \.root, \.parent, \.version, \.etag], [],
      [\.labels])
    check(Divergence(field: "root", values: []), fields: 2, [\.field])
  }

  @Test func `facts that differ in another field are other facts`() {
    let facts = engine("e")
    var claimed = facts
    claimed.claims = [EngineClaim(sourceKind: "file", sourceName: "", part: "", id: "e", isProbed: true)]
    var parted = facts
    parted.setReason(ReasonParts(hint: "a"))
    var unready = facts
    unready.condition.state = .loading
    #expect(Set([facts, claimed, parted, unready]).count == 4)
    let replica = ReplicaFacts(modelID: "m")
    var (kind, length, own) = (replica, replica, replica)
    (kind.kind, length.maxModelLen, own.condition) = (.adapter, 1, condition())
    #expect(Set([replica, kind, length, own]).count == 4)
  }

  @Test func `two ids that differ in their normal form alone are two models`() async throws {
    let store = MemoryStore(epoch: 1_000)
    let catalog = try makeCatalog(store: store)
    try await catalog.record([observed("e", [composed, decomposed])], at: moment(1))
    #expect(catalog.view.snapshot.keys() == [key(decomposed), key(composed)])
    _ = try await catalog.setLabels(["a": composed], of: key(composed), ifETag: "", at: moment(2))
    _ = try await catalog.setLabels(["a": decomposed], of: key(composed), ifETag: "", at: moment(3))
    #expect(catalog.view.snapshot.model(key(decomposed), sight: .all)?.model.labels == [:])
    let found = try #require(catalog.view.snapshot.model(key(composed), sight: .all)?.model.labels["a"])
    #expect(sameBytes(found, decomposed))
    for (id, other) in [(composed, decomposed), (decomposed, composed)] {
      let filter = try Filter("id = \"\(id)\"")
      let matching = catalog.view.snapshot.refs(namespace: nil, sight: .all).filter { filter.matches($0.model, .none) }
      #expect(matching.map(\.key) == [key(id)])
      #expect(matching.map(\.key) != [key(other)])
    }
    let loaded = try makeCatalog(store: store)
    #expect(loaded.view.snapshot.keys() == [key(decomposed), key(composed)])
  }

  @Test func `the change from one normal form to the other is a change`() async throws {
    let catalog = try makeCatalog()
    try await catalog.record([observed("e", [composed])], at: moment(1))
    try await catalog.record([observed("e", [decomposed])], at: moment(2))
    #expect(catalog.view.snapshot.keys() == [key(decomposed)])
    let events = (catalog.view.history.start..<catalog.view.history.end).map { catalog.view.history.event(at: $0) }
    #expect(events.map(\.kind) == [.added, .added, .removed] || events.map(\.kind) == [.added, .removed, .added])
    var facts = ReplicaFacts(modelID: decomposed, root: composed)
    try await catalog.record([.engine(engine("e"), models: [facts])], at: moment(3))
    let etag = catalog.view.snapshot.model(key(decomposed), sight: .all)?.model.etag
    facts.root = decomposed
    try await catalog.record([.engine(engine("e"), models: [facts])], at: moment(4))
    let model = try #require(catalog.view.snapshot.model(key(decomposed), sight: .all)?.model)
    #expect(sameBytes(model.root, decomposed))
    #expect(model.etag != etag)
  }

  @Test func `the readings of a model are those of its own id`() {
    let load = EngineLoad(models: [ByteString(composed): ModelLoad(resources: ["vram": 1])])
    let reading = EngineReading(observedAt: moment(1), load: load)
    #expect(reading.resources(of: composed) == ["vram": 1])
    #expect(reading.resources(of: decomposed) == [:])
  }
}

import Catalog
import TestKit
import Testing

/// Lists by query, against filtering, sorting and cutting an array.
@Suite struct ListTests {
  private static let models: [Model] = {
    var random = SeededGenerator(seed: 4)
    return (0..<400).map { number in
      let namespace = ["a", "b", "default"].randomElement(using: &random)!
      var model = Model(
        key: key("m/\(number % 150)", "\(namespace)\(number / 150)"),
        state: [ModelState.ready, .loading, .failed].randomElement(using: &random)!, created: moment(1),
        parent: ["", "base-1", "base-2"].randomElement(using: &random)!,
        maxModelLen: Int64.random(in: 0..<5, using: &random) * 1_024,
        labels: Bool.random(using: &random) ? ["team": "t\(number % 7)"] : [:])
      model.etag = model.contentHash.hex
      return model
    }
  }()

  private static let filters: [(text: String, plain: @Sendable (Model) -> Bool)] = [
    ("", { _ in true }),
    ("state = READY", { $0.state == .ready }),
    ("labels.team = t3", { $0.labels["team"] == "t3" }),
    ("parent = base-1 OR parent = base-2", { !$0.parent.isEmpty }),
    ("labels.team = t3 AND NOT state = FAILED", { $0.labels["team"] == "t3" && $0.state != .failed }),
    ("max_model_len > 2000", { $0.maxModelLen > 2_000 }),
    ("id = nothing", { _ in false }),
  ]

  private static let orders: [(text: String, precedes: @Sendable (Model, Model) -> Bool?)] = [
    ("", { _, _ in nil }),
    ("max_model_len desc", { $0.maxModelLen == $1.maxModelLen ? nil : $0.maxModelLen > $1.maxModelLen }),
    (
      "parent, max_model_len",
      {
        if $0.parent != $1.parent { return $0.parent < $1.parent }
        return $0.maxModelLen == $1.maxModelLen ? nil : $0.maxModelLen < $1.maxModelLen
      }
    ),
  ]

  private static let scopes: [ListQuery.Scope] = [
    .all, .namespace("a0"), .namespace("none"), .distinct(preferred: "default0"),
  ]

  private static func query(_ scope: ListQuery.Scope, _ filter: String, _ order: String) throws -> ListQuery {
    ListQuery(
      scope, filter: filter.isEmpty ? nil : try Filter(filter), order: order.isEmpty ? .byKey : try Order(order))
  }

  private static func plain(_ scope: ListQuery.Scope) -> [Model] {
    let sorted = models.sorted { $0.key < $1.key }
    switch scope {
    case .all: return sorted
    case .namespace(let name): return sorted.filter { $0.key.namespace == name }
    case .distinct(let preferred):
      let byID = Dictionary(grouping: sorted, by: \.key.id).sorted { $0.key < $1.key }
      return byID.map { _, same in same.first { $0.key.namespace == preferred } ?? same[0] }
    }
  }

  private static func catalog(_ shape: TreeShape) throws -> (ModelCatalog, Snapshot) {
    (try makeCatalog(), makeSnapshot(models, shape: shape))
  }

  @Test(arguments: [TreeShape.standard, tinyShape])
  func `a list equals an array that is filtered, sorted and cut`(shape: TreeShape) async throws {
    let (catalog, snapshot) = try Self.catalog(shape)
    var random = SeededGenerator(seed: 9)
    for (scope, filter) in Self.scopes.flatMap({ scope in Self.filters.map { (scope, $0) } }) {
      for order in Self.orders {
        let query = try Self.query(scope, filter.text, order.text)
        let expected = Self.plain(scope).filter(filter.plain).enumerated()
          .sorted { order.precedes($0.element, $1.element) ?? ($0.offset < $1.offset) }.map(\.element)
        let list = try await catalog.list(query, of: snapshot)
        try check(list, scope, expected, &random)
        if let quick = catalog.listNow(query, of: snapshot) { try check(quick, scope, expected, &random) }
      }
    }
  }

  private func check(
    _ list: ListResult, _ scope: ListQuery.Scope, _ expected: [Model], _ random: inout SeededGenerator
  ) throws {
    #expect(list.count == expected.count)
    #expect(list.refs(0..<list.count).map(\.key) == expected.map(\.key))
    let (first, last) = (
      Int.random(in: 0...expected.count, using: &random), Int.random(in: 0...expected.count, using: &random)
    )
    let range = min(first, last)..<max(first, last)
    let cut = expected[range]
    #expect(list.contentHash(range) == cut.reduce(.zero) { $0 + $1.contentHash })
    #expect(text(list.json(range)) == cut.map { PlainModelEncoder.json($0) }.joined(separator: ","))
    let elements = cut.flatMap { PlainModelEncoder().encode($0).element }
    let page = list.page(range, maxBytes: .max)
    #expect(Array(page.slices.joined()) == elements)
    #expect(page.count == range.count && page.byteCount == elements.count)
    #expect(page.hasMore == (range.upperBound < expected.count))
    if elements.count > 1 {
      let short = list.page(range, maxBytes: elements.count - 1)
      #expect(
        short.count == max(1, range.count - 1) && short.hasMore == (range.lowerBound + short.count < expected.count))
    }
    for index in range {
      let position = list.position(at: index)
      #expect(list.start(after: position) == index + 1)
      #expect(list.start(after: ListPosition(values: [], key: position.key)) == index + 1)
      // Of several namespaces that have it only the first is meant.
      if let found = list.index(ofID: position.key.id) {
        #expect(list.ref(at: found).key.id == position.key.id)
      } else {
        #expect(scope == .all)
      }
    }
    #expect(list.index(ofID: "nobody") == nil)
  }

  @Test func `a list resumes behind a model that is gone`() async throws {
    let (catalog, snapshot) = try Self.catalog(tinyShape)
    let query = try Self.query(.all, "", "max_model_len desc")
    let list = try await catalog.list(query, of: snapshot)
    let position = list.position(at: 200)
    let smaller = makeSnapshot(Self.models.filter { $0.key != position.key }, shape: tinyShape)
    let after = try await makeCatalog().list(query, of: smaller)
    #expect(after.start(after: position) == 200)
    let plain = try #require(catalog.listNow(ListQuery(.all), of: smaller))
    let known = ListPosition(values: [], key: key("m/0", "a0"))
    let unknown = ListPosition(values: [], key: key("m/0!", "a0"))
    #expect(plain.start(after: known) == plain.start(after: unknown))
  }

  @Test func `an index changes only the number of models that a list looks at`() async throws {
    let many = (0..<3_000).map { number in
      var model = model(key("m/\(number)"))
      model.labels = ["number": "\(number)"]
      return model
    }
    let (catalog, snapshot) = (try makeCatalog(), makeSnapshot(many))
    let query = try Self.query(.all, #"labels.number = "17" OR id = "m/2345""#, "")
    // Nothing is known of the leaves yet: too much for an event loop.
    #expect(catalog.listNow(query, of: snapshot) == nil)
    let found = try await catalog.list(query, of: snapshot).refs(0..<2).map(\.key.id)
    #expect(found == ["m/17", "m/2345"])
    let other = try Self.query(.all, #"labels.number = "18""#, "")
    #expect(catalog.listNow(other, of: snapshot)?.count == 1)
    // What was made before is at hand, whatever it cost.
    let sorted = try Self.query(.all, "", "labels.number desc")
    #expect(catalog.listNow(sorted, of: snapshot) == nil)
    _ = try await catalog.list(sorted, of: snapshot)
    #expect(catalog.listNow(sorted, of: snapshot)?.ref(at: 0).key.id == "m/999")
  }

  @Test func `an order does not compare fields that have no values`() throws {
    let order = try Order("namespace, id, root")
    #expect(order.areInOrder([], [.text("a"), .text("b"), .text("c")]) == 0)
    #expect(order.areInOrder([.text("a")], [.text("b")]) < 0)
  }

  @Test func `many simultaneous lists are answered or refused, and the queue goes on`() async throws {
    let many = (0..<3_000).map { model(key("m/\($0)")) }
    let (catalog, snapshot) = (try makeCatalog(), makeSnapshot(many))
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<200 {
        group.addTask {
          guard let filter = try? Filter("nobody\(number)") else { return false }
          return (try? await catalog.list(ListQuery(.all, filter: filter), of: snapshot))?.count == 0
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    // Every list that was taken was answered; the others can be asked for again.
    #expect(outcomes.contains(true))
    #expect(try await catalog.list(ListQuery(.all, filter: try Filter("m/17")), of: snapshot).count > 0)
  }

  @Test func `a list by readings is computed anew for each request`() async throws {
    let catalog = try makeCatalog()
    try await catalog.record([observed("e", ["a"]), observed("f", ["b"])], at: moment(7))
    catalog.readings.note(engineID: "e", observedAt: moment(2_000_000))
    let query = try Self.query(.all, "replicas.observed_at > 1970-01-01T00:00:01Z", "")
    let snapshot = catalog.view.snapshot
    #expect(catalog.listNow(query, of: snapshot)?.refs(0..<1).map(\.key.id) == ["a"])
    catalog.readings.note(engineID: "f", observedAt: moment(3_000_000))
    #expect(try await catalog.list(query, of: snapshot).count == 2)
  }

  @Test func `the catalog holds the last 64 snapshots for the pages that follow`() async throws {
    let catalog = try makeCatalog()
    var snapshots: [Snapshot] = []
    for round in 0..<70 {
      try await catalog.record([observed("e\(round)", ["m\(round)"])], at: moment(7))
      snapshots.append(catalog.view.snapshot)
      catalog.hold(catalog.view.snapshot)
    }
    try await catalog.record([observed("f", ["n"])], at: moment(7))
    #expect(catalog.held(at: snapshots[5].revision) == nil)
    #expect(catalog.held(at: snapshots[6].revision)?.keys() == snapshots[6].keys())
    #expect(catalog.held(at: catalog.view.head)?.count == 71)
    #expect(catalog.held(at: catalog.view.head + 1) == nil)
    let figures = catalog.cacheFigures.first { $0.name == "list_snapshots" }?.figures
    #expect(figures == CacheFigures(count: 64, cost: 64, hits: 1, misses: 2, evictions: 6))
  }

  @Test func `the catalog holds the last 4 snapshots that it rebuilds from the history`() async throws {
    let catalog = try makeCatalog()
    for round in 0..<8 {
      try await catalog.record([observed("e\(round)", ["m\(round)"])], at: moment(7))
      catalog.hold(catalog.view.snapshot)
    }
    for revision in 1_001...1_008 as ClosedRange<Int64> { #expect(catalog.held(at: revision)?.count != nil) }
    let other = try makeCatalog()
    for round in 0..<8 { try await other.record([observed("e\(round)", ["m\(round)"])], at: moment(7)) }
    for revision in 1_001...1_006 as ClosedRange<Int64> { other.hold(try await other.past(at: revision)) }
    #expect((1_001...1_006 as ClosedRange<Int64>).map { other.held(at: $0)?.count } == [nil, nil, 3, 4, 5, 6])
    #expect(other.listFigures.snapshots == 4)
  }

  @Test func `every cache shows its figures under its name`() async throws {
    let catalog = try makeCatalog()
    try await catalog.record([observed("e", ["m"])], at: moment(7))
    try await catalog.record([observed("f", ["n"])], at: moment(7))
    for _ in 0..<3 {
      _ = try await catalog.past(at: 1_001)
      _ = try await catalog.difference(from: .revision(1_001), to: .revision(1_002), namespace: nil, now: moment(1))
      _ = try await catalog.list(try Self.query(.all, "m", ""), of: catalog.view.snapshot)
    }
    let figures = Dictionary(uniqueKeysWithValues: catalog.cacheFigures.map { ($0.name, $0.figures) })
    #expect(figures["past_snapshots"] == CacheFigures(count: 1, cost: 1, hits: 2, misses: 1))
    #expect(figures["differences"] == CacheFigures(count: 1, cost: 1, hits: 2, misses: 1))
    #expect(figures["lists"] == CacheFigures(count: 1, cost: 1, hits: 2, misses: 1))
    #expect(figures["list_snapshots"] == CacheFigures())
  }
}

import Catalog
import HTTP
import HTTPTypes
import Testing
import Wire

/// Filters, orders, pages, watches and differences against plain code over plain arrays.
///
/// One after the other: they compute all the time, and others want the cores too.
@Suite(.serialized) struct QueryOracleTests {
  @Test(arguments: seeds(0..<4))
  func `a filter matches as its tree does, and an order sorts as a plain sort does`(seed: UInt64) async throws {
    let world = try await QueryWorld(seed: seed, limits: HistoryLimits())
    for _ in 0..<12 { try await world.change() }
    var queries = RandomQueries(random: world.random.fork())
    var writer = FilterWriter(random: world.random.fork())
    let models = world.truth(at: world.head)
    for _ in 0..<150 {
      let tree = queries.filter()
      let text = writer.text(tree)
      let filter = try Filter(text)
      let passing = models.filter { filter.matches($0, .none) }.map(\.key)
      #expect(passing == models.filter { tree.holds(for: $0) }.map(\.key), "\(text)")
      let plain = queries.order()
      let order = try Order(plain.text(&queries.random))
      let pair = [queries.random.pick(models), queries.random.pick(models)]
      let found = order.areInOrder(order.values(of: pair[0], .none), order.values(of: pair[1], .none))
      #expect(found.signum() == plain.compare(pair[0], pair[1]).signum(), "\(order.text)")
    }
  }

  @Test(arguments: seeds(0..<4))
  func `every page, list, diff and watch agrees with plain arrays`(seed: UInt64) async throws {
    let limits = HistoryLimits(events: [100_000, 0, 8, 40][Int(seed % 4)])
    var run = try await QueryRun(seed: seed, limits: limits)
    for step in 1...35 { try await run.step(step) }
    try await run.finish()
  }

  @Test(arguments: seeds(0..<3))
  func `the same facts have the same tags, after a restart and in another catalog`(seed: UInt64) async throws {
    let world = try await QueryWorld(seed: seed, limits: HistoryLimits())
    for _ in 0..<15 { try await world.change() }
    let first = world.fixture
    try world.restart()
    let fixtures = [first, world.fixture, try await world.twin()]
    var queries = RandomQueries(random: world.random.fork())
    var writer = FilterWriter(random: world.random.fork())
    for _ in 0..<40 {
      let filter = queries.filter()
      let order = queries.order()
      // Revisions are not the same.
      guard !filter.names(.revision), !order.names(.revision) else { continue }
      let (filterText, orderText) = (writer.text(filter), order.text(&queries.random))
      var request = ListRequest()
      request.filter = filterText
      request.orderBy = orderText
      request.pageSize = Int32(queries.random.number(1...9))
      let query = [("filter", filterText), ("order_by", orderText), ("limit", String(request.pageSize))]
      var seen: Set<[String]> = []
      for fixture in fixtures {
        let page = try await fixture.listPage(request)
        let response = await fixture.getEventually(fixture.target("/v1/models", query))
        seen.insert([page.etag, response.fields[.eTag] ?? "", text(response)] + page.models.map(\.model.etag))
      }
      #expect(seen.count == 1, "\(request)")
    }
  }

  /// Facts that are changed and changed back have other revisions.
  @Test(arguments: ["revision", "state, revision desc"])
  func `an order by revision is part of a tag`(text: String) async throws {
    let fixture = try Fixture()
    try await fixture.serve(["a", "b", "c"])
    var bodies: [String: [String]] = [:]
    for id in ["a", "b", "a", "c", "b"] {
      for labels in [["x": "y"], [:]] {
        let key = ModelKey(namespace: defaultNamespace, id: id)
        _ = try await fixture.catalog.setLabels(labels, of: key, ifETag: "", at: Timestamp(microseconds: 1))
      }
      var request = ListRequest()
      request.orderBy = text
      let page = try await fixture.listPage(request)
      let response = await fixture.getEventually(fixture.target("/v1/models", [("order_by", text)]))
      for (tag, ids) in [
        (page.etag, page.models.map(\.model.key.id)), (response.fields[.eTag] ?? "", try ids(response)),
      ] {
        #expect(bodies.updateValue(ids, forKey: tag).map { $0 == ids } ?? true, "one tag, two orders")
      }
    }
  }
}

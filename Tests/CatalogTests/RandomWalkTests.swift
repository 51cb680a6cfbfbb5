import Catalog
import Synchronization
import Testing

/// Random observations against dictionaries, with watchers that come and go.
///
/// One after the other: they compute all the time, and others want the cores too.
@Suite(.serialized) struct RandomWalkTests {
  @Test(arguments: 0..<8 as Range<UInt64>)
  func `the catalog holds every recorded fact, and watchers miss nothing`(seed: UInt64) async throws {
    var run = try await CatalogRun(seed: seed)
    for step in 1...50 {
      run.tick()
      try await run.change()
      run.look()
      if step % 10 == 0 { try run.load() }
      try await run.lookBack()
      run.watch()
      if run.weather.chance(8) { try await run.restart() }
    }
    run.finish()
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func `on a disk that fails and recovers, lists are true and nothing acknowledged is lost`(seed: UInt64) async throws {
    var run = try await FaultRun(seed: seed)
    for _ in 0..<120 { try await run.step() }
    try await run.end()
    #expect(run.counts["comparisons", default: 0] > 50, "\(run.counts)")
  }
}

/// Views in the order in which they were published.
final class PublishedViews: Sendable {
  private let views = Mutex<[CatalogView]>([])

  func add(_ view: CatalogView) { views.withLock { $0.append(view) } }

  func take() -> [CatalogView] {
    views.withLock { views in
      defer { views = [] }
      return views
    }
  }
}

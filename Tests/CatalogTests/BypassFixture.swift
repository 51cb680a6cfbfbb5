import Catalog
import TestKit
import Testing

/// A suite with a catalog whose store fails until the catalog goes on from memory, and recovers.
protocol BypassFixture: Sendable {
  var store: FaultyStore { get }
  var clock: HandClock { get }
  var catalog: ModelCatalog { get }
}

extension BypassFixture {
  func record(_ observations: Observation..., at time: Int64 = 5) async throws {
    try await catalog.record(observations, at: moment(time))
  }

  /// Moves the clock and lets the catalog watch over its store.
  func pass(_ duration: Duration = .zero) async {
    clock.advance(by: duration)
    await catalog.superviseStore(now: clock.now, at: moment(9))?.value
  }

  /// Lets the store fail for so long that the catalog goes on without it.
  func bypass(_ fault: FaultyStore.Fault = .refuses) async throws {
    store.fail(fault)
    await #expect(throws: FaultyStore.refusal) { try await record(observed("lost", ["lost"])) }
    await pass()
    await pass(.seconds(10))
    #expect(catalog.storeFailure?.bypassedSince == moment(9))
  }

  /// The disk recovers, and the catalog finds out. One attempt has to be enough, unless the machine is so slow that the
  /// attempt gives way to other writes, after 5 s, and the next one stores the rest.
  func recover() async {
    store.fail(nil)
    var gaveWay = true
    while gaveWay, catalog.storeFailure != nil {
      let began = ContinuousClock.now
      await pass(.seconds(1))
      gaveWay = ContinuousClock.now - began >= .seconds(5)
    }
    #expect(catalog.storeFailure == nil)
  }

  var listed: [String] { catalog.view.snapshot.keys().map(\.id) }

  /// Checks that another process loads what this catalog shows.
  func checkStore() throws {
    let loaded = try makeCatalog(store: store)
    let (old, new) = (catalog.view, loaded.view)
    #expect(new.head == old.head)
    #expect(
      new.snapshot.refs(namespace: nil, sight: .all).map(\.model)
        == old.snapshot.refs(namespace: nil, sight: .all).map(\.model))
    #expect(loaded.knownEngines().map(\.facts) == catalog.knownEngines().map(\.facts))
    #expect(loaded.registrations() == catalog.registrations())
  }
}

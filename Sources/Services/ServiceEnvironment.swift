package import Catalog

/// The parts that all services share.
package struct ServiceEnvironment: Sendable {
  /// The list that all services read.
  package var catalog: ModelCatalog
  /// Where engines are registered and described.
  package var registry: any EngineRegistry
  /// Whether the server drains.
  package var draining: Draining
  /// The watches that run.
  package var slots: WatchSlots
  /// Names of the sources that do not answer now; must be quick.
  package var unreachable: @Sendable () -> [String]
  /// Names of the kinds of engines that metrics tell apart.
  package var engineKinds: [String]
  /// Where engines of a kind have their metrics; nil for a kind that has none.
  package var metricsPaths: [String: String?]
  /// Pages that could not be shown any more.
  let expiredTokens = AtomicCount()
  let caches = ServiceCaches()
  /// Of this program.
  package var version: String
  /// The wall clock.
  package var now: @Sendable () -> Timestamp
  /// Whether peers that are not on this machine may use the admin service.
  package var adminIsOpen: Bool
  /// The name by which peers know this server; empty: none.
  package var cluster = ""

  package init(
    catalog: ModelCatalog, registry: any EngineRegistry, version: String, now: @escaping @Sendable () -> Timestamp,
    draining: Draining = Draining(),
    slots: WatchSlots = WatchSlots(), adminIsOpen: Bool = false, engineKinds: [String] = [],
    metricsPaths: [String: String?] = [:],
    unreachable: @escaping @Sendable () -> [String] = { [] }
  ) {
    self.catalog = catalog
    self.registry = registry
    self.version = version
    self.now = now
    self.adminIsOpen = adminIsOpen
    self.draining = draining
    self.slots = slots
    self.engineKinds = engineKinds
    self.metricsPaths = metricsPaths
    self.unreachable = unreachable
  }

  /// The signer of page tokens.
  var signer: TokenSigner { TokenSigner(key: catalog.signingKey) }

  /// Whether new work should be sent here.
  var isServing: Bool { !draining.isOn && catalog.view.isReady }

  /// Whether the admin service, which writes, can answer.
  var adminIsServing: Bool { isServing && catalog.storeFailure == nil }

  /// The sources that do not answer, and the store while it takes no writes: the list may be out of date.
  var unreachableNow: [String] {
    catalog.storeFailure == nil ? unreachable() : unreachable() + ["store"]
  }

  /// The latest reading of an engine, by its id.
  var reading: (String) -> EngineReading? {
    { [readings = catalog.readings] in readings.reading(of: $0) }
  }
}

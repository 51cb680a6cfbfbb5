package import Catalog
package import HTTP

/// The parts that all services share.
package struct ServiceEnvironment: Sendable {
  /// The catalog that all services read.
  package var catalog: ModelCatalog
  /// The registry in which engines are registered and described.
  package var registry: any EngineRegistry
  /// Whether the server drains.
  package var draining: Draining
  /// The limits of clients, with the counts of the times that clients met them.
  package let limits: LimitCounts
  /// The slots of the running watches.
  package let slots: WatchSlots
  /// Returns the names of the sources that do not answer now; it must be quick.
  package var unreachable: @Sendable () -> [String]
  /// Returns the trouble that keeps this server from probing engines, in words; nil: none. It must be quick.
  package var trouble: @Sendable () -> String? = { nil }
  /// Returns how far engines and sources have answered, in one sentence. It must be quick.
  package var progress: @Sendable () -> String = { "" }
  /// The names of the kinds of engines that metrics distinguish.
  package var engineKinds: [String]
  /// The path of the metrics by kind of engine; nil for a kind that has none.
  package var metricsPaths: [String: String?]
  /// The number of pages that the server could no longer show.
  let expiredTokens = AtomicCount()
  let caches = ServiceCaches()
  /// The version of this program.
  package var version: String
  /// The wall clock.
  package var now: @Sendable () -> Timestamp
  /// Whether peers on other machines may use the admin service.
  package var adminIsOpen: Bool
  /// The origins whose scripts may read REST's answers in a browser; nil: none.
  package var allowedOrigins: AllowedOrigins?
  /// Whether REST answers the requests for models of Ollama's API.
  package var servesOllama = true
  /// The name of this server for its peers; empty when it has none.
  package var cluster = ""

  package init(
    catalog: ModelCatalog, registry: any EngineRegistry, version: String, now: @escaping @Sendable () -> Timestamp,
    draining: Draining = Draining(),
    limits: LimitCounts = LimitCounts(Limits()), adminIsOpen: Bool = false, engineKinds: [String] = [],
    metricsPaths: [String: String?] = [:],
    unreachable: @escaping @Sendable () -> [String] = { [] }
  ) {
    self.catalog = catalog
    self.registry = registry
    self.version = version
    self.now = now
    self.adminIsOpen = adminIsOpen
    self.draining = draining
    self.limits = limits
    slots = WatchSlots(limits)
    self.engineKinds = engineKinds
    self.metricsPaths = metricsPaths
    self.unreachable = unreachable
  }

  /// The signer of page tokens.
  var signer: TokenSigner { TokenSigner(key: catalog.signingKey) }

  /// Whether clients should send new work here.
  var isServing: Bool { !draining.isOn && catalog.view.isReady && trouble() == nil }

  /// Whether the admin service, which writes, can answer.
  var adminIsServing: Bool { isServing && catalog.storeFailure == nil }

  /// The sources that do not answer, and `store` while the store takes no writes: the list may be out of date.
  var unreachableNow: [String] {
    catalog.storeFailure == nil ? unreachable() : unreachable() + ["store"]
  }

  /// Returns an engine's latest reading by the engine's id.
  var reading: (String) -> EngineReading? {
    { [readings = catalog.readings] in readings.reading(of: $0) }
  }
}

package import Catalog

/// What all services share.
package struct ServiceEnvironment: Sendable {
  package var catalogue: Catalogue
  package var draining: Draining
  package var slots: WatchSlots
  /// Names of the sources that do not answer now; must be quick.
  package var unreachable: @Sendable () -> [String]
  /// Of this program.
  package var version: String

  package init(
    catalogue: Catalogue, version: String, draining: Draining = Draining(), slots: WatchSlots = WatchSlots(),
    unreachable: @escaping @Sendable () -> [String] = { [] }
  ) {
    self.catalogue = catalogue
    self.version = version
    self.draining = draining
    self.slots = slots
    self.unreachable = unreachable
  }

  /// Whether new work should be sent here.
  var isServing: Bool { !draining.isOn && catalogue.view.isReady }

  /// When an engine last answered, by its id.
  var observedAt: (String) -> Timestamp? {
    { [readings = catalogue.readings] in readings.reading(of: $0)?.observedAt }
  }
}

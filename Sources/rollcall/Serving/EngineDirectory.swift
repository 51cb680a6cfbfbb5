internal import Catalog
internal import Fleet
internal import HTTP
internal import Services
internal import Sources

/// The engines as the services see them: the fleet, and the leases that claim some of its engines.
struct EngineDirectory: EngineRegistry {
  let fleet: FleetMonitor
  let registrations: Registrations

  func register(
    _ registration: Registration
  ) async throws(RegistrationError) -> (registration: Registration, engineID: String) {
    try await registrations.register(registration)
  }

  func keepAlive(leaseID: String) -> Duration? {
    registrations.keepAlive(leaseID: leaseID)
  }

  func deregister(leaseID: String) async throws(RegistrationError) {
    try await registrations.deregister(leaseID: leaseID)
  }

  func deregister(engineID: String, namespace: String) async throws(RegistrationError) -> [String] {
    try await registrations.deregister(engineID: engineID, namespace: namespace)
  }

  func claimedEngines() -> [ClaimedEngine] {
    var leases = registrations.leases
    var engines = fleet.described.map { described in
      ClaimedEngine(described, leases: leases.removeValue(forKey: described.place)?.map(\.lease) ?? [])
    }
    // The fleet does not know these engines yet.
    engines += leases.values.map { here in ClaimedEngine(here[0].spec, leases: here.map(\.lease)) }
    return engines
  }

  func claimedEngine(id: String) -> ClaimedEngine? {
    if let described = fleet.described(engine: id) {
      return ClaimedEngine(described, leases: registrations.leases(at: described.place))
    }
    return registrations.spec(ofEngine: id).map { ClaimedEngine($0, leases: registrations.leases(at: $0.place)) }
  }
}

extension ClaimedEngine {
  fileprivate init(_ engine: FleetMonitor.Described, leases: [EngineLease]) {
    self.init(
      id: engine.id, namespace: engine.place.namespace, endpoint: engine.place.url, kind: engine.kind,
      cluster: engine.place.cluster, labels: engine.labels, podUID: engine.podUID,
      sources: engine.sources.map(\.description),
      leases: leases)
    isInsecure = engine.isInsecure
  }

  fileprivate init(_ spec: EngineSpec, leases: [EngineLease]) {
    self.init(
      id: spec.id, namespace: spec.namespace, endpoint: spec.url.description, kind: spec.kind?.rawValue ?? "",
      cluster: spec.cluster, labels: spec.labels, sources: [SourceID.registration.description], leases: leases)
    isInsecure = spec.tls.isInsecure && spec.url.scheme == "https"
  }
}

extension EngineKind {
  /// The path of the metrics by kind of engine; nil: engines of this kind have none.
  static var metricsPaths: [String: String?] {
    Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.dialect.metrics?.path) })
  }
}

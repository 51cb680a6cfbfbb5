package import Catalog

/// Registers engines, and knows the claims on each engine. Any thread may call it, and it never blocks its caller.
package protocol EngineRegistry: Sendable {
  /// Stores a claim; the registry chooses the `leaseID` when it is empty. Returns the stored claim, and the engine's
  /// id.
  func register(
    _ registration: Registration
  ) async throws(RegistrationError) -> (registration: Registration, engineID: String)
  /// Begins a lease's lifetime anew; returns the lifetime, or nil when there is no such lease.
  func keepAlive(leaseID: String) -> Duration?
  func deregister(leaseID: String) async throws(RegistrationError)
  /// Ends all leases on an engine, and returns their ids.
  func deregister(engineID: String, namespace: String) async throws(RegistrationError) -> [String]
  /// All engines that any source claims, in no order.
  func claimedEngines() -> [ClaimedEngine]
  /// The claimed engine with this id; nil when no source claims it.
  func claimedEngine(id: String) -> ClaimedEngine?
}

/// An engine as its claimants describe it, independent of the probes' results.
package struct ClaimedEngine: Hashable, Sendable {
  /// The id of the engine, unique in the fleet.
  package var id: String
  /// The namespace of the engine's models.
  package var namespace: String
  /// The engine's URL; empty while it has none.
  package var endpoint: String
  /// The engine's kind, if its source names it; empty: the server detects it.
  package var kind: String
  /// The cluster of the engine; empty when no source names it.
  package var cluster: String
  /// Labels that every model of the engine carries.
  package var labels: [String: String]
  /// The UID of the Kubernetes pod that runs the engine; empty when it is unknown.
  package var podUID: String
  /// The names of the sources, in their order of precedence.
  package var sources: [String]
  /// The leases that are alive.
  package var leases: [EngineLease]
  /// Whether any certificate of the engine is accepted.
  package var isInsecure = false

  package init(
    id: String, namespace: String, endpoint: String, kind: String = "", cluster: String = "",
    labels: [String: String] = [:], podUID: String = "", sources: [String] = [], leases: [EngineLease] = []
  ) {
    self.id = id
    self.namespace = namespace
    self.endpoint = endpoint
    self.kind = kind
    self.cluster = cluster
    self.labels = labels
    self.podUID = podUID
    self.sources = sources
    self.leases = leases
  }
}

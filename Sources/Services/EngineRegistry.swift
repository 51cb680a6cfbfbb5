package import Catalog

/// Registers engines, and knows the claims on each. From any thread; it never blocks its caller.
package protocol EngineRegistry: Sendable {
  /// Stores a claim; the registry chooses a `leaseID` that is empty. Returns the stored claim, and the engine's id.
  func register(
    _ registration: Registration
  ) async throws(RegistrationError) -> (registration: Registration, engineID: String)
  /// Begins a lease's time anew; returns it, or nil when there is no such lease.
  func keepAlive(leaseID: String) -> Duration?
  func deregister(leaseID: String) async throws(RegistrationError)
  /// Ends all leases on an engine, and returns them.
  func deregister(engineID: String, namespace: String) async throws(RegistrationError) -> [String]
  /// All engines that any source claims, in no order.
  func claimedEngines() -> [ClaimedEngine]
  /// nil when no source claims an engine of this id.
  func claimedEngine(id: String) -> ClaimedEngine?
}

/// An engine as its claimants describe it, before and beside what it is found to be.
package struct ClaimedEngine: Hashable, Sendable {
  /// Unique in the fleet.
  package var id: String
  /// The namespace of the engine's models.
  package var namespace: String
  /// The engine's URL; empty while it has none.
  package var endpoint: String
  /// The kind that its source names; empty: to be detected.
  package var kind: String
  /// The cluster that it is of; empty when nothing names one.
  package var cluster: String
  /// Labels that every model of the engine carries.
  package var labels: [String: String]
  /// The Kubernetes pod that it runs in; empty where that is not known.
  package var podUID: String
  /// Names of the sources, in the order in which they count.
  package var sources: [String]
  /// Those that are alive.
  package var leases: [EngineLease]

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

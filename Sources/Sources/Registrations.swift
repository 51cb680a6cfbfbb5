package import Catalog
package import Fleet
package import Logging
import Synchronization

/// The source of registered engines: an engine stays registered as long as a client keeps one of its leases alive.
///
/// The store holds leases without their expiry. Therefore a keep-alive writes nothing, and after a restart each lease
/// has its full TTL again.
package final class Registrations: EngineSource {
  package let id = SourceID.registration
  let table: Mutex<LeaseTable>
  let fleet: FleetMonitor
  let clock: any FleetClock
  private let store: any RegistrationStore
  /// The server's own cluster.
  private let cluster: String
  /// The places at which engines may be.
  private let egress: EgressPolicy
  private let logger: Logger
  private let changes = Signal()
  /// The shortest and the longest pause between two answers.
  private static let pauses: ClosedRange<Duration> = .milliseconds(20) ... .seconds(1)
  /// Ids of leases that have ended but are still stored, because the store accepted no writes.
  private let leftovers: Mutex<Set<String>>

  /// `stored`: the registrations that the store holds.
  package init(
    _ stored: [Registration], store: any RegistrationStore, fleet: FleetMonitor, cluster: String = "",
    egress: EgressPolicy = EgressPolicy(), logger: Logger, clock: any FleetClock = SystemFleetClock()
  ) {
    self.egress = egress
    self.store = store
    self.fleet = fleet
    self.cluster = cluster
    self.logger = logger
    self.clock = clock
    var readable: [(Registration, EngineSpec)] = []
    var broken: Set<String> = []
    for registration in stored {
      do throws(RegistrationError) {
        readable.append((registration, try registration.engineSpec(in: cluster)))
      } catch {
        broken.insert(registration.leaseID)
        logger.error("a stored registration no longer describes an engine", metadata: ["error": "\(error)"])
      }
    }
    table = Mutex(LeaseTable(readable, at: clock.now.up))
    leftovers = Mutex(broken)
  }

  /// The number of leases that are alive.
  package var count: Int { table.withLock { $0.leases.count } }

  /// Stores a claim, and chooses a lease id when `leaseID` is empty. Returns the claim as stored, and the id of the
  /// engine.
  package func register(
    _ registration: Registration
  ) async throws(RegistrationError) -> (registration: Registration, engineID: String) {
    var registration = registration
    if registration.leaseID.isEmpty { registration.leaseID = Registration.newLeaseID() }
    let leaseID = registration.leaseID
    let spec = try registration.engineSpec(in: cluster)
    if let problem = egress.problem(of: spec.url) { throw .invalid(field: "url", "is not allowed here: \(problem)") }
    let engineID = try reserve(registration, spec)
    do {
      try await store.register(registration, at: clock.now.wall)
    } catch {
      table.withLock { $0.abandon(leaseID) }
      throw refused(error)
    }
    let up = clock.now.up
    table.withLock { $0.finish(leaseID, at: up) }
    _ = leftovers.withLock { $0.remove(leaseID) }
    changes.raise()
    logger.info(
      "registered",
      metadata: [
        "engine": "\(engineID)", "namespace": "\(spec.namespace)", "url": "\(spec.url)", "lease": "\(leaseID)",
      ])
    return (registration, engineID)
  }

  /// Renews a lease. Returns its TTL, or nil when there is no such lease.
  package func keepAlive(leaseID: String) -> Duration? {
    let up = clock.now.up
    return table.withLock { $0.keepAlive(leaseID, at: up) }
  }

  package func deregister(leaseID: String) async throws(RegistrationError) {
    guard table.withLock({ $0.leases[leaseID] != nil }) else { throw .noLease(leaseID: leaseID) }
    try await end([leaseID])
  }

  /// Ends all leases on an engine, and returns their ids.
  package func deregister(engineID: String, namespace: String) async throws(RegistrationError) -> [String] {
    let place = fleet.place(ofEngine: engineID)
    let leaseIDs = table.withLock { table in
      let here = place.map { table.leases(at: $0) } ?? table.leases.values.filter { $0.spec.id == engineID }
      return here.filter { $0.registration.namespace == namespace }.map(\.id).sorted()
    }
    guard !leaseIDs.isEmpty else { throw .noRegistration(engineID: engineID, namespace: namespace) }
    try await end(leaseIDs)
    return leaseIDs
  }

  /// Reports the registered engines whenever they change, and ends the leases that no client keeps alive.
  package func run(_ delegate: any SourceDelegate) async {
    await withDiscardingTaskGroup { group in
      group.addTask {
        while (try? await self.clock.sleep(until: self.clock.now.up + .seconds(1))) != nil { self.changes.raise() }
      }
      var reported: Int?
      changes.raise()
      for await _ in changes.raised {
        let ended = expire()
        let (version, engines) = table.withLock { ($0.version, $0.version == reported ? [] : $0.engines) }
        let start = ContinuousClock.now
        if version != reported { delegate.received(SourceAnswer(source: id, engines: engines, trust: .declared)) }
        let took = start.duration(to: .now)
        if !ended.isEmpty { leftovers.withLock { $0.formUnion(ended) } }
        await forgetLeftovers()
        // When thousands of engines register at once, the fleet cannot take an answer for each.
        if version != reported {
          try? await Task.sleep(for: max(Self.pauses.lowerBound, min(took * 4, Self.pauses.upperBound)))
        }
        reported = version
      }
      group.cancelAll()
    }
  }

  /// Begins the claim of a lease on an engine. Returns the id that the engine has from then on.
  private func reserve(_ registration: Registration, _ spec: EngineSpec) throws(RegistrationError) -> String {
    let leaseID = registration.leaseID
    let given = try table.withLock { table throws(RegistrationError) in
      try table.begin(registration, spec)
      return table.name(at: spec.place)
    }
    let (holder, known) = fleet.holder(of: spec.id, place: spec.place)
    if let holder, holder.place != spec.place, !isClaimed(holder.place, holder.sources, onlyBy: leaseID) {
      table.withLock { $0.abandon(leaseID) }
      throw .engineExists(id: spec.id)
    }
    // The lease that gave the engine its id may give it another id.
    if let given, given.lease == leaseID, known ?? given.id == given.id { return spec.id }
    return known ?? given?.id ?? spec.id
  }

  /// Whether only this lease, or no lease any more, claims the engine at a place. Such an engine blocks no other.
  private func isClaimed(_ place: EnginePlace?, _ sources: [SourceID], onlyBy leaseID: String) -> Bool {
    guard let place, sources == [id] else { return false }
    return table.withLock { $0.claimants(of: place).isSubset(of: [leaseID]) }
  }

  private func end(_ leaseIDs: [String]) async throws(RegistrationError) {
    try table.withLock { table throws(RegistrationError) in try table.beginEnd(leaseIDs) }
    do {
      try await store.deregister(leaseIDs, isDurable: true, at: clock.now.wall)
    } catch {
      table.withLock { $0.keep(leaseIDs) }
      throw refused(error)
    }
    table.withLock { $0.end(leaseIDs) }
    changes.raise()
    logger.info("deregistered", metadata: ["leases": "\(leaseIDs.joined(separator: ","))"])
  }

  /// Ends the leases whose time is up, and returns their ids.
  private func expire() -> [String] {
    let up = clock.now.up
    let ended = table.withLock { $0.expire(at: up) }
    for lease in ended {
      logger.notice(
        "a lease ends: it was not kept alive",
        metadata: [
          "engine": "\(lease.spec.id)", "url": "\(lease.spec.url)", "lease": "\(lease.id)",
          "ttl": "\(lease.registration.ttl)",
        ])
    }
    return ended.map(\.id)
  }

  /// Deletes ended leases from the store. The source tries again in a second when the store refuses.
  private func forgetLeftovers() async {
    let wanted = leftovers.withLock { $0 }
    // A lease that is registered again is stored again, and must not be deleted.
    let leaseIDs = table.withLock { table in
      wanted.filter { leaseID in
        guard table.leases[leaseID] == nil else { return false }
        return (try? table.beginEnd([leaseID])) != nil
      }
    }
    guard !leaseIDs.isEmpty else { return }
    defer { table.withLock { $0.keep(leaseIDs) } }
    guard (try? await store.deregister(Array(leaseIDs), isDurable: false, at: clock.now.wall)) != nil else { return }
    leftovers.withLock { $0.subtract(leaseIDs) }
  }

  private func refused(_ error: any Error) -> RegistrationError {
    .store(error as? StoreError ?? .unavailable(reason: "\(error)"))
  }
}

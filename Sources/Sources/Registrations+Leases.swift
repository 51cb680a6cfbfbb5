package import Catalog
package import Fleet
import Synchronization

extension Registrations {
  /// The leases that are alive, by the place of the engine that they claim, oldest first.
  package var leases: [EnginePlace: [(spec: EngineSpec, lease: EngineLease)]] {
    let now = clock.now
    let all = table.withLock { $0.leases.values.sorted { $0.number < $1.number } }
    return Dictionary(grouping: all.map { ($0.spec, EngineLease($0, at: now)) }) { $0.0.place }
  }

  /// The leases that are alive on one engine, oldest first.
  package func leases(at place: EnginePlace) -> [EngineLease] {
    let now = clock.now
    return table.withLock { $0.leases(at: place) }.map { EngineLease($0, at: now) }
  }

  /// The engine that a lease claims under this id; nil when no lease does. The fleet may not know the engine yet.
  package func spec(ofEngine id: String) -> EngineSpec? {
    table.withLock { $0.spec(ofEngine: id) }
  }
}

extension EngineLease {
  fileprivate init(_ lease: LeaseTable.Lease, at now: Moment) {
    self.init(leaseID: lease.id, ttl: lease.registration.ttl, expiresAt: now.wall + (lease.ends - now.up))
  }
}

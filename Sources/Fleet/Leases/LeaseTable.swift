package import Catalog

/// The registrations' leases that are held, and when each of them ends. A value: time is an argument, counted since the
/// start.
package struct LeaseTable: Sendable {
  package struct Lease: Sendable {
    package var registration: Registration
    package var spec: EngineSpec
    package var ends: Duration
    /// The order of age: older leases have lower numbers, and a replaced lease keeps its own.
    package var number: Int

    package var id: String { registration.leaseID }
  }

  /// The number of leases above which new ones are refused.
  package static let limit = 50_000
  /// The least time between two readings of the clock that shows that the process itself stood still.
  package static let standstill: Duration = .seconds(5)

  package private(set) var leases: [String: Lease] = [:]
  /// Changes whenever the claims may have changed.
  package private(set) var version = 0
  /// Leases that are being stored: their claims count already, so that no other lease takes their engine's id.
  private var pending: [String: Lease] = [:]
  /// Ids of leases that are being ended in the store.
  private var ending: Set<String> = []
  private var byID: [String: Set<String>] = [:]
  private var byPlace: [EnginePlace: Set<String>] = [:]
  /// The id of the engine at a place, and the lease that gave it: the engine keeps its id when that lease ends before
  /// others.
  private var names: [EnginePlace: (id: String, lease: String)] = [:]
  private var lastNumber = 0
  package private(set) var lastAdvance: Duration

  /// Begins with stored leases, each with its whole time to live anew.
  package init(_ stored: [(registration: Registration, spec: EngineSpec)] = [], at up: Duration) {
    lastAdvance = up
    for (registration, spec) in stored { put(registration, spec, at: up) }
  }

  /// Reserves a lease until `finish` or `abandon`: meanwhile no other call can change the lease, and no other lease can
  /// take its engine's id.
  package mutating func begin(_ registration: Registration, _ spec: EngineSpec) throws(RegistrationError) {
    let leaseID = registration.leaseID
    guard pending[leaseID] == nil, !ending.contains(leaseID) else { throw .busy(leaseID: leaseID) }
    let old = leases[leaseID]
    if let old, old.registration.namespace != registration.namespace { throw .leaseExists(leaseID: leaseID) }
    guard old != nil || leases.count + pending.count < Self.limit else { throw .tooMany(Self.limit) }
    for other in byID[spec.id, default: []] where other != leaseID && place(ofLease: other) != spec.place {
      throw .engineExists(id: spec.id)
    }
    pending[leaseID] = Lease(registration: registration, spec: spec, ends: .zero, number: 0)
    index(leaseID, spec)
  }

  /// Takes a lease that was begun and is stored now.
  package mutating func finish(_ leaseID: String, at up: Duration) {
    guard let lease = pending.removeValue(forKey: leaseID) else { return }
    advance(to: up)
    let old = leases[leaseID]
    if let old { unindex(leaseID, old.spec) }
    put(lease.registration, lease.spec, at: up)
    if let old, old.spec.place != lease.spec.place { forgetName(of: old.spec.place) }
  }

  /// Drops a lease that was begun; an older lease of the same id stays as it was.
  package mutating func abandon(_ leaseID: String) {
    guard let lease = pending.removeValue(forKey: leaseID) else { return }
    unindex(leaseID, lease.spec)
    if let old = leases[leaseID] { index(leaseID, old.spec) }
  }

  /// Begins a lease's time anew and returns its time to live; nil when there is no such lease.
  package mutating func keepAlive(_ leaseID: String, at up: Duration) -> Duration? {
    advance(to: up)
    guard let ttl = leases[leaseID]?.registration.ttl else { return nil }
    leases[leaseID]?.ends = up + ttl
    return ttl
  }

  /// Reserves the end of leases until `end` or `keep`.
  package mutating func beginEnd(_ leaseIDs: some Sequence<String>) throws(RegistrationError) {
    for leaseID in leaseIDs where pending[leaseID] != nil || ending.contains(leaseID) {
      throw .busy(leaseID: leaseID)
    }
    ending.formUnion(leaseIDs)
  }

  /// Removes leases whose end was begun: the store has them no longer, or never had them.
  package mutating func end(_ leaseIDs: some Sequence<String>) {
    for leaseID in leaseIDs {
      ending.remove(leaseID)
      remove(leaseID)
    }
  }

  /// Takes back the begun end of leases, which stay.
  package mutating func keep(_ leaseIDs: some Sequence<String>) {
    ending.subtract(leaseIDs)
  }

  /// Removes the leases that were not kept alive, and returns them. To be called about every second.
  package mutating func expire(at up: Duration) -> [Lease] {
    advance(to: up)
    // A lease that is being replaced or ended is left to that call.
    let ended = leases.values.filter { $0.ends <= up && pending[$0.id] == nil && !ending.contains($0.id) }
      .sorted { $0.number < $1.number }
    for lease in ended { remove(lease.id) }
    return ended
  }

  /// Leases on the engine at a place, oldest first.
  package func leases(at place: EnginePlace) -> [Lease] {
    byPlace[place, default: []].compactMap { leases[$0] }.filter { $0.spec.place == place }
      .sorted { $0.number < $1.number }
  }

  /// The id of the engine at a place, and the lease that gave it; nil when no lease claims the place.
  package func name(at place: EnginePlace) -> (id: String, lease: String)? { names[place] }

  /// Ids of the leases, pending ones too, that claim a place.
  package func claimants(of place: EnginePlace) -> Set<String> { byPlace[place, default: []] }

  /// One description of each engine: that of its oldest lease.
  package var engines: [EngineSpec] {
    var places: Set<EnginePlace> = []
    return leases.values.sorted { $0.number < $1.number }.map(\.spec).filter { places.insert($0.place).inserted }
      .map { spec in names[spec.place].map { spec.named($0.id) } ?? spec }
  }

  /// The engine that a lease claims by this id; nil when no lease does.
  package func spec(ofEngine id: String) -> EngineSpec? {
    byID[id]?.lazy.compactMap { leases[$0]?.spec }.first { $0.id == id }
  }

  /// Adds the time in which the process stood still to every lease: it could not receive renewals then.
  private mutating func advance(to up: Duration) {
    let pause = up - lastAdvance
    lastAdvance = up
    guard pause > Self.standstill else { return }
    for leaseID in leases.keys { leases[leaseID]?.ends += pause }
  }

  private func place(ofLease leaseID: String) -> EnginePlace? { (pending[leaseID] ?? leases[leaseID])?.spec.place }

  private mutating func put(_ registration: Registration, _ spec: EngineSpec, at up: Duration) {
    lastNumber += 1
    version += 1
    let number = leases[registration.leaseID]?.number ?? lastNumber
    leases[registration.leaseID] = Lease(
      registration: registration, spec: spec, ends: up + registration.ttl, number: number)
    index(registration.leaseID, spec)
    if names[spec.place].map({ $0.lease == registration.leaseID }) ?? true {
      names[spec.place] = (spec.id, registration.leaseID)
    }
  }

  private mutating func remove(_ leaseID: String) {
    guard let old = leases.removeValue(forKey: leaseID) else { return }
    version += 1
    unindex(leaseID, old.spec)
    forgetName(of: old.spec.place)
  }

  private mutating func forgetName(of place: EnginePlace) {
    if leases(at: place).isEmpty { names[place] = nil }
  }

  private mutating func index(_ leaseID: String, _ spec: EngineSpec) {
    byID[spec.id, default: []].insert(leaseID)
    byPlace[spec.place, default: []].insert(leaseID)
  }

  private mutating func unindex(_ leaseID: String, _ spec: EngineSpec) {
    byID[spec.id]?.remove(leaseID)
    if byID[spec.id]?.isEmpty == true { byID[spec.id] = nil }
    byPlace[spec.place]?.remove(leaseID)
    if byPlace[spec.place]?.isEmpty == true { byPlace[spec.place] = nil }
  }
}

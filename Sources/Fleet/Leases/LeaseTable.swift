package import Catalog

/// The leases that are held, and when each of them ends. A value: time is an argument, counted since the start.
package struct LeaseTable: Sendable {
  package struct Lease: Sendable {
    package var registration: Registration
    package var spec: EngineSpec
    package var ends: Duration
    /// Older ones have lower numbers; one that is replaced keeps its own.
    package var number: Int

    package var id: String { registration.leaseID }
  }

  /// More are refused.
  package static let limit = 50_000
  /// A pause between two looks at the clock that only a process has that stood still itself.
  package static let standstill: Duration = .seconds(5)

  package private(set) var leases: [String: Lease] = [:]
  /// Another one whenever what is claimed may be something else.
  package private(set) var version = 0
  /// Leases that are about to be made: their claims count already, where another's could stand in their way.
  private var coming: [String: Lease] = [:]
  /// Leases that are about to be ended in the store.
  private var going: Set<String> = []
  private var byID: [String: Set<String>] = [:]
  private var byPlace: [EnginePlace: Set<String>] = [:]
  /// What the engine at a place is called, and by which lease: it keeps its id when that lease ends before others.
  private var names: [EnginePlace: (id: String, lease: String)] = [:]
  private var lastNumber = 0
  package private(set) var lastLook: Duration

  /// What was stored has its whole time anew.
  package init(_ stored: [(registration: Registration, spec: EngineSpec)] = [], at up: Duration) {
    lastLook = up
    for (registration, spec) in stored { put(registration, spec, at: up) }
  }

  /// Reserves a lease until `finish` or `giveUp`: nobody else can be about it meanwhile, or take its engine's id.
  package mutating func begin(_ registration: Registration, _ spec: EngineSpec) throws(RegistrationError) {
    let leaseID = registration.leaseID
    guard coming[leaseID] == nil, !going.contains(leaseID) else { throw .busy(leaseID: leaseID) }
    let old = leases[leaseID]
    if let old, old.registration.namespace != registration.namespace { throw .leaseExists(leaseID: leaseID) }
    guard old != nil || leases.count + coming.count < Self.limit else { throw .tooMany(Self.limit) }
    for other in byID[spec.id, default: []] where other != leaseID && place(ofLease: other) != spec.place {
      throw .engineExists(id: spec.id)
    }
    coming[leaseID] = Lease(registration: registration, spec: spec, ends: .zero, number: 0)
    index(leaseID, spec)
  }

  /// A lease that was begun is stored.
  package mutating func finish(_ leaseID: String, at up: Duration) {
    guard let lease = coming.removeValue(forKey: leaseID) else { return }
    look(at: up)
    let old = leases[leaseID]
    if let old { unindex(leaseID, old.spec) }
    put(lease.registration, lease.spec, at: up)
    if let old, old.spec.place != lease.spec.place { forgetName(of: old.spec.place) }
  }

  /// A lease that was begun is not made; one of the same id stays as it was.
  package mutating func giveUp(_ leaseID: String) {
    guard let lease = coming.removeValue(forKey: leaseID) else { return }
    unindex(leaseID, lease.spec)
    if let old = leases[leaseID] { index(leaseID, old.spec) }
  }

  /// Begins a lease's time anew; nil when there is none.
  package mutating func keepAlive(_ leaseID: String, at up: Duration) -> Duration? {
    look(at: up)
    guard let ttl = leases[leaseID]?.registration.ttl else { return nil }
    leases[leaseID]?.ends = up + ttl
    return ttl
  }

  /// Reserves the end of leases until `end` or `keep`.
  package mutating func beginEnd(_ leaseIDs: some Sequence<String>) throws(RegistrationError) {
    for leaseID in leaseIDs where coming[leaseID] != nil || going.contains(leaseID) {
      throw .busy(leaseID: leaseID)
    }
    going.formUnion(leaseIDs)
  }

  /// What was begun to be ended is ended in the store, or never was there.
  package mutating func end(_ leaseIDs: some Sequence<String>) {
    for leaseID in leaseIDs {
      going.remove(leaseID)
      remove(leaseID)
    }
  }

  package mutating func keep(_ leaseIDs: some Sequence<String>) {
    going.subtract(leaseIDs)
  }

  /// Takes away the leases that were not kept alive, and returns them. To be called every second or so.
  package mutating func expire(at up: Duration) -> [Lease] {
    look(at: up)
    // What is being replaced or ended has its own end.
    let ended = leases.values.filter { $0.ends <= up && coming[$0.id] == nil && !going.contains($0.id) }
      .sorted { $0.number < $1.number }
    for lease in ended { remove(lease.id) }
    return ended
  }

  /// Leases on the engine at a place, oldest first.
  package func leases(at place: EnginePlace) -> [Lease] {
    byPlace[place, default: []].compactMap { leases[$0] }.filter { $0.spec.place == place }
      .sorted { $0.number < $1.number }
  }

  /// What the engine at a place is called, and by which lease.
  package func name(at place: EnginePlace) -> (id: String, lease: String)? { names[place] }

  /// Leases, also of those that are coming, that claim a place.
  package func claimants(of place: EnginePlace) -> Set<String> { byPlace[place, default: []] }

  /// One description of each engine: that of its oldest lease.
  package var engines: [EngineSpec] {
    var places: Set<EnginePlace> = []
    return leases.values.sorted { $0.number < $1.number }.map(\.spec).filter { places.insert($0.place).inserted }
      .map { spec in names[spec.place].map { spec.named($0.id) } ?? spec }
  }

  /// The engine that a lease claims by this id; nil when none does.
  package func spec(ofEngine id: String) -> EngineSpec? {
    byID[id]?.lazy.compactMap { leases[$0]?.spec }.first { $0.id == id }
  }

  /// A process that stood still could hear no lease: that time does not count.
  private mutating func look(at up: Duration) {
    let pause = up - lastLook
    lastLook = up
    guard pause > Self.standstill else { return }
    for leaseID in leases.keys { leases[leaseID]?.ends += pause }
  }

  private func place(ofLease leaseID: String) -> EnginePlace? { (coming[leaseID] ?? leases[leaseID])?.spec.place }

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

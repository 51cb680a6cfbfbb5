import Catalog

/// The engines that are probed, as their claimants describe them, with an index by place. Every change of a tracker
/// passes through `change`, so that the counts hold.
struct FleetRoster: Sendable {
  struct Member: Sendable {
    fileprivate(set) var tracker: EngineTracker
    /// Whether the engine had answered before this process started, as the store shows.
    fileprivate(set) var wasKnown: Bool
    /// Its claimants, in the order in which they count.
    fileprivate(set) var sources: [SourceID]
    /// The source whose claim gave it its id; nil: the store.
    fileprivate(set) var namedBy: SourceID?

    /// Whether it does not answer and never has, in this process or an earlier one.
    fileprivate var isStranger: Bool { tracker.state == .unreachable && !wasKnown && !tracker.hasAnswered }

    /// The workload that an unprobed engine stands in for, while nothing is known of this engine; empty otherwise.
    fileprivate var awaitedWorkload: String {
      tracker.facts == nil && !tracker.isUnreachable ? tracker.spec.workload : ""
    }
  }

  private(set) var members: [String: Member] = [:]
  /// The number of members whose last two probes this process could not make.
  private(set) var unseenCount = 0
  private var ids: [EnginePlace: String] = [:]
  private var counts: [ModelState?: Int] = [:]
  /// The number of members that the store knew.
  private var knownMembers = 0
  /// The number of members that do not answer and never have: their URLs may be wrong.
  private var strangerCount = 0
  /// Ids of the members of each workload.
  private var workloads: [String: Set<String>] = [:]
  /// The number of members of each workload of which nothing is known yet.
  private var awaited: [String: Int] = [:]

  /// The id of the engine at a place; nil when none is probed there.
  func id(at place: EnginePlace) -> String? { ids[place] }

  /// The id of the engine at a place, for the next round of claims; nil when none is probed there.
  func name(at place: EnginePlace) -> FleetClaims.Name? {
    ids[place].flatMap { id in members[id].map { FleetClaims.Name(id: id, namedBy: $0.namedBy) } }
  }

  /// The number of engines that no probe has reached yet.
  var unknownCount: Int { counts[ModelState?.none, default: 0] }

  /// Whether more than half of the engines do not answer, without those that never have. An engine that no probe has
  /// reached yet counts as one that may answer.
  var isMostlyUnreachable: Bool {
    (counts[.unreachable, default: 0] - strangerCount) * 2 > members.count - strangerCount
  }

  /// Whether any engine has ever answered, in this process or an earlier one.
  var hasAnswer: Bool {
    knownMembers > 0 || counts.contains { $0.value > 0 && $0.key != nil && $0.key != .unreachable }
  }

  /// The models of the engines of a workload, by id.
  func models(ofWorkload workload: String) -> [ReplicaFacts] {
    var models: [ByteString: ReplicaFacts] = [:]
    for id in workloads[workload] ?? [] {
      for model in members[id]?.tracker.models ?? [] { models[model.modelID] = model }
    }
    return models.values.sorted { precedes($0.modelID, $1.modelID) }
  }

  /// Whether nothing is known yet of an engine of a workload.
  func awaits(_ workload: String) -> Bool { awaited[workload] != nil }

  /// Adds an engine with its facts from the store; returns the observation for the catalog, nil when nothing is known.
  mutating func add(
    _ claim: FleetClaims.Probed, _ settings: ProbeSettings, known: KnownEngine?, at wall: Timestamp
  ) -> Observation? {
    let spec = claim.spec
    let member = Member(
      tracker: EngineTracker(spec, settings: settings, known: known), wasKnown: known.map(hasAnswered) ?? false,
      sources: claim.sources, namedBy: claim.namedBy)
    members[spec.id] = member
    ids[spec.place] = spec.id
    counts[member.tracker.state, default: 0] += 1
    count(member.awaitedWorkload, 1)
    if member.wasKnown { knownMembers += 1 }
    if member.isStranger { strangerCount += 1 }
    if !spec.workload.isEmpty { workloads[spec.workload, default: []].insert(spec.id) }
    return change(spec.id) { $0.begin(at: wall) } ?? nil
  }

  /// Takes the claimants of a member.
  mutating func take(_ claim: FleetClaims.Probed) {
    members[claim.spec.id]?.sources = claim.sources
    members[claim.spec.id]?.namedBy = claim.namedBy
  }

  mutating func remove(_ id: String) -> Member? {
    guard let member = members.removeValue(forKey: id) else { return nil }
    let place = member.tracker.spec.place
    if ids[place] == id { ids[place] = nil }
    counts[member.tracker.state, default: 0] -= 1
    if member.tracker.blindness.shown != nil { unseenCount -= 1 }
    count(member.awaitedWorkload, -1)
    if member.wasKnown { knownMembers -= 1 }
    if member.isStranger { strangerCount -= 1 }
    leave(member.tracker.spec.workload, id)
    return member
  }

  /// Changes a member's tracker in its place: a copy of its metrics memory would cost more than the change. nil when
  /// there is no such member.
  mutating func change<Result>(_ id: String, _ body: (inout EngineTracker) -> Result) -> Result? {
    guard let index = members.index(forKey: id) else { return nil }
    let before = (state: members.values[index].tracker.state, awaited: members.values[index].awaitedWorkload)
    let wasStranger = members.values[index].isStranger
    let wasSeen = members.values[index].tracker.blindness.shown == nil
    let result = body(&members.values[index].tracker)
    let after = (state: members.values[index].tracker.state, awaited: members.values[index].awaitedWorkload)
    let isSeen = members.values[index].tracker.blindness.shown == nil
    strangerCount += (members.values[index].isStranger ? 1 : 0) - (wasStranger ? 1 : 0)
    if wasSeen != isSeen { unseenCount += isSeen ? -1 : 1 }
    counts[before.state, default: 0] -= 1
    counts[after.state, default: 0] += 1
    if before.awaited != after.awaited {
      count(before.awaited, -1)
      count(after.awaited, 1)
    }
    return result
  }

  /// Takes a new description of a member, which may have moved it to another place.
  mutating func edit(_ spec: EngineSpec, at wall: Timestamp) -> (observation: Observation?, isContactNew: Bool)? {
    let before = members[spec.id]?.tracker.spec.place
    let workload = members[spec.id]?.tracker.spec.workload ?? ""
    if workload != spec.workload {
      leave(workload, spec.id)
      if !spec.workload.isEmpty { workloads[spec.workload, default: []].insert(spec.id) }
    }
    let edited = change(spec.id) { $0.edit(spec, at: wall) }
    let place = spec.place
    if let before, before != place {
      if ids[before] == spec.id { ids[before] = nil }
      ids[place] = spec.id
    }
    return edited
  }

  private mutating func leave(_ workload: String, _ id: String) {
    workloads[workload]?.remove(id)
    if workloads[workload]?.isEmpty == true { workloads[workload] = nil }
  }

  private mutating func count(_ workload: String, _ change: Int) {
    guard !workload.isEmpty else { return }
    let new = awaited[workload, default: 0] + change
    awaited[workload] = new == 0 ? nil : new
  }
}

import Catalog
import TestKit

@testable import Fleet

/// The events of a world: what its engines, its operators and its sources do.
extension World {
  /// Lets one thing happen, and then some sources report.
  mutating func act() {
    switch random.next() % 30 {
    case 0...3: startEngine()
    case 4: stopEngine()
    case 5: replacePod()
    case 6: claimAgain()
    case 7, 8: if troubles.contains(.reuse) { reuseAddress() }
    case 9, 10: if troubles.contains(.deaths) { disturbEngine() }
    case 11: placeholder()
    case 12: if troubles.contains(.reloads) { reload() }
    case 13, 14: if troubles.contains(.restarts) { restartAmidEvents() }
    case 15, 16: changeTrouble()
    case 17: finishPod()
    case 18...24: disturbAnswers()
    case 25...29: disturbServer()
    default: break
    }
    for index in sources.indices where broken == nil {
      if chance(80) { lookUp(index) }
      if sources[index].isChanged || chance(sources[index].isOwn ? 3 : 25) {
        report(index, strangers: strangers(for: sources[index]))
      }
    }
  }

  /// Restarts Rollcall; meanwhile the world goes on.
  private mutating func restartAmidEvents() {
    if troubles.contains(.silence) || troubles.contains(.partial), chance(40) { changeTrouble() }
    if troubles.contains(.reuse), chance(50) { reuseAddress() }
    if troubles.contains(.deaths), chance(30) { disturbEngine() }
    if chance(20) { replacePod() }
    restart()
  }

  var configured: [Int] { sources.indices.filter { sources[$0].isConfigured } }

  private mutating func startEngine() {
    guard let address = pick(truth.free), let index = pick(configured) else { return }
    start(at: address, in: index, tenant: nil)
  }

  /// Starts a process and names it in a source.
  private mutating func start(at address: String, in index: Int, tenant: String?) {
    let pods = sources[index].parts.indices.filter {
      !sources[index].parts[$0].name.hasPrefix("deployments")
        && (tenant == nil || sources[index].parts[$0].tenant ?? tenant == tenant)
    }
    guard let part = pick(pods) else { return }
    let chosen = pick(["ns-a", "ns-b"]) ?? "ns-a"
    let owner = sources[index].parts[part].tenant ?? tenant ?? chosen
    if sources[index].id.kind == .peer { return addPeerEngine(index, part) }
    let key = troubles.contains(.keys) && chance(50) ? Self.key(sources[index].id, owner) : nil
    let count = Int.random(in: 1...2, using: &random)
    truth.start(at: address, tenant: owner, models: count, kind: kind(), key: key, now: fleet.now)
    let object = object(at: address, of: owner, in: sources[index].id)
    say("a process of \(owner) starts at \(address)\(key == nil ? "" : " with a key"), for \(sources[index].id)")
    add(object, index, part)
  }

  private static func key(_ source: SourceID, _ tenant: String) -> String { "\(source) \(tenant)" }

  private mutating func add(_ object: WorldObject, _ index: Int, _ part: Int) {
    sources[index].parts[part].objects.removeAll { $0.id == object.id }
    sources[index].parts[part].objects.append(object)
    sources[index].parts[part].objects.sort { $0.id < $1.id }
  }

  /// The object that stands for an engine in a source. A pod gets a name and a UID of its own.
  mutating func object(
    at address: String, of tenant: String, in source: SourceID, name: String? = nil
  ) -> WorldObject {
    lastCreated += 1
    let key = troubles.contains(.keys) ? Self.key(source, tenant) : nil
    guard var spec = try? EngineSpec(url: "http://\(address)", key: key, namespace: tenant) else {
      preconditionFailure("the world has no such address")
    }
    spec = spec.withDerivedID
    if source.kind == .kubernetes {
      let id = name ?? "\(tenant)/pod-\(Int.random(in: 1...4, using: &random)):8000"
      spec = spec.named(id)
      spec.podUID = "u\(lastCreated)"
    }
    return WorldObject(id: spec.id, spec: spec, created: lastCreated)
  }

  private mutating func addPeerEngine(_ index: Int, _ part: Int) {
    lastCreated += 1
    let facts = EngineFacts(
      id: "west/e\(Int.random(in: 1...4, using: &random))", endpoint: "http://west:8000", namespace: "ns-a",
      cluster: "west", via: ["west"], condition: Condition(state: .ready, changedAt: Timestamp(microseconds: 5)))
    let models = [ReplicaFacts(modelID: "ns-a/west")]
    add(
      WorldObject(id: facts.id, unprobed: UnprobedEngine(facts: facts, models: models), created: lastCreated), index,
      part)
  }

  /// A workload that is scaled to zero comes or goes.
  private mutating func placeholder() {
    guard let index = configured.first(where: { sources[$0].id.kind == .kubernetes }) else { return }
    let part = 2
    guard chance(60) else {
      if let object = pick(sources[index].parts[part].objects) { sources[index].remove(object.id) }
      return
    }
    lastCreated += 1
    let facts = EngineFacts(
      id: "ns-a/d\(Int.random(in: 1...3, using: &random))", endpoint: "", namespace: "ns-a",
      condition: Condition(state: .cold, cause: .scaledToZero, changedAt: Timestamp(microseconds: 5)))
    let unprobed = UnprobedEngine(facts: facts, models: [ReplicaFacts(modelID: "ns-a/cold")])
    add(WorldObject(id: facts.id, unprobed: unprobed, created: lastCreated), index, part)
  }

  /// All objects at addresses, with their sources and parts.
  private func objects(_ isWanted: (WorldSource, WorldObject) -> Bool) -> [(index: Int, part: Int, object: WorldObject)]
  {
    var found: [(index: Int, part: Int, object: WorldObject)] = []
    for index in configured {
      for part in sources[index].parts.indices {
        for object in sources[index].parts[part].objects where isWanted(sources[index], object) {
          found.append((index, part, object))
        }
      }
    }
    return found
  }

  private func removeObjects(at address: String) -> [(index: Int, part: Int, object: WorldObject)] {
    objects { $1.spec?.url.authority == address }
  }

  /// An engine ends, and every source that tells the truth knows it.
  private mutating func stopEngine() {
    guard let address = pick(truth.used) else {
      if let gone = pick(objects { $1.spec == nil }) { sources[gone.index].remove(gone.object.id) }
      return
    }
    say("the process at \(address) ends, as it should")
    truth.stop(at: address)
    for gone in removeObjects(at: address) { sources[gone.index].remove(gone.object.id) }
  }

  /// A pod is replaced under its own name, at another address or the same.
  private mutating func replacePod() {
    guard let old = pick(objects { $0.id.kind == .kubernetes && $1.spec != nil }), let spec = old.object.spec else {
      return
    }
    let address = spec.url.authority
    let next = chance(50) ? address : pick(truth.free) ?? address
    say("pod \(old.object.id) is replaced, at \(next)")
    truth.stop(at: address)
    truth.start(at: next, tenant: spec.namespace, models: 1, kind: kind(), now: fleet.now)
    let new = object(at: next, of: spec.namespace, in: sources[old.index].id, name: old.object.id)
    add(new, old.index, old.part)
    for other in removeObjects(at: address) where other.object.created != new.created {
      sources[other.index].remove(other.object.id)
    }
  }

  /// A pod begins to end, or its object lies there after its process is gone.
  private mutating func finishPod() {
    guard var old = pick(objects { $0.id.kind == .kubernetes && $1.isReady }) else { return }
    old.object.spec?.lifecycle = .ending("being deleted")
    say("pod \(old.object.id) terminates")
    add(old.object, old.index, old.part)
  }

  /// Another source names an engine too.
  private mutating func claimAgain() {
    guard let address = pick(truth.used), let tenant = truth.processes[address]?.tenant else { return }
    let free = configured.flatMap { index in
      sources[index].parts.indices.filter { part in
        let own = sources[index].parts[part]
        return ![.peer, .kubernetes].contains(sources[index].id.kind) && own.tenant ?? tenant == tenant
      }.map { (index, $0) }
    }
    guard let (index, part) = pick(free) else { return }
    // With a key of its own, another source would be refused.
    guard truth.processes[address]?.key == nil else { return }
    say("\(sources[index].id) names \(address) too")
    add(object(at: address, of: tenant, in: sources[index].id), index, part)
  }

  /// An engine's address goes to an engine of another namespace at once.
  private mutating func reuseAddress() {
    guard let address = pick(truth.used), let tenant = truth.processes[address]?.tenant else { return }
    let other = tenant == "ns-a" ? "ns-b" : "ns-a"
    let fit = configured.filter { index in
      sources[index].id.kind != .peer && sources[index].parts.contains { $0.tenant == nil || $0.tenant == other }
    }
    // Most often the source that named the old engine names the new one too.
    let same = fit.filter { index in
      sources[index].parts.contains { $0.objects.contains { $0.spec?.url.authority == address } }
    }
    guard let index = chance(60) ? pick(same) ?? pick(fit) : pick(fit) else { return }
    say("the address \(address) of \(tenant) goes to \(other)")
    truth.stop(at: address)
    for gone in removeObjects(at: address) {
      // A finalizer may hold the old pod's object.
      if gone.object.isReady, sources[gone.index].id.kind == .kubernetes, chance(20) {
        var held = gone.object
        held.spec?.lifecycle = .ending("being deleted")
        add(held, gone.index, gone.part)
      } else {
        sources[gone.index].remove(gone.object.id)
      }
    }
    start(at: address, in: index, tenant: other)
  }

  /// An engine crashes, hangs, loads or recovers, without a word to its sources.
  private mutating func disturbEngine() {
    guard let address = pick(truth.used) else { return }
    switch random.next() % 6 {
    case 0:
      say("the process at \(address) crashes")
      truth.stop(at: address)
    case 1:
      say("the machine of \(address) is off")
      truth.stop(at: address, isDark: true)
    case 2:
      say("the process at \(address) hangs")
      truth.change(at: address, now: fleet.now) { $0.behaviour = .silent }
    case 3:
      say("the process at \(address) loads")
      truth.change(at: address, now: fleet.now) { $0.behaviour = .loading }
    case 4:
      guard truth.processes[address]?.kind != .tgi else { return }
      guard let process = truth.processes[address] else { return }
      let id = "\(process.tenant)/more\(random.next() % 3)" + WorldEngine.tag(process.kind)
      say("the process at \(address) serves \(id) too, or no more")
      truth.change(at: address, now: fleet.now) { engine in
        if engine.models.contains(id) { engine.models.removeAll { $0 == id } } else { engine.models.append(id) }
      }
    default: healEngines()
    }
  }
}

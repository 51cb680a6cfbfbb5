import Catalog
import TestKit

@testable import Fleet

/// A thing that a source can name: an engine at an address, or an engine that is not probed.
struct WorldObject {
  var id: String
  /// The engine to be probed; nil: it is not probed.
  var spec: EngineSpec?
  var unprobed: UnprobedEngine?
  /// The order in which objects were created.
  var created: Int

  /// Whether it is a Ready pod that does not terminate, or what another source takes for one.
  var isReady: Bool { spec.map { $0.lifecycle == .none && !$0.isDraining } ?? false }
  var podUID: String { spec?.podUID ?? unprobed?.facts.podUID ?? "" }
}

/// A part of a source's answer: the truth of it, and what the source shows of it.
struct WorldPart {
  enum Trouble: String {
    case none
    /// It cannot be asked.
    case failing
    /// It lists some of its objects, and says that it is not complete.
    case partial
    /// It lists nothing although it has objects: NXDOMAIN, an API server on an empty disk.
    case wiped
    /// It lists some of its objects as if they were all: a cache that is half full, a file that is half written.
    case halved
    /// It lists engines that do not exist, and none of its own.
    case strange
  }

  let name: String
  /// The only namespace of its engines; nil: any.
  let tenant: String?
  var objects: [WorldObject] = []
  var trouble = Trouble.none
  /// Whether the source's settings name it.
  var isWanted = true
  /// The objects as the source saw them last.
  private(set) var view: [WorldObject] = []

  init(_ name: String, tenant: String? = nil) {
    self.name = name
    self.tenant = tenant
  }

  /// Forgets the view, as a source that starts.
  mutating func restart() { view = [] }

  /// Lists the objects anew; returns the ids that are gone from the view.
  fileprivate mutating func look(_ strangers: [WorldObject], with random: inout SeededGenerator) -> Set<String> {
    let before = Set(view.map(\.id))
    switch trouble {
    case .none: view = objects
    case .failing: break
    case .wiped: view = []
    case .halved, .partial: view = objects.filter { _ in random.next() % 2 == 0 }
    case .strange: view = strangers
    }
    return before.subtracting(view.map(\.id))
  }

  /// Adds an object again that a look-up has found.
  mutating func find(_ object: WorldObject) {
    if !view.contains(where: { $0.id == object.id }) { view.append(object) }
  }
}

/// A source of engines, and the troubles that it is in.
struct WorldSource {
  let id: SourceID
  let trust: SourcePart.Trust
  /// Whether it can be asked about one engine.
  var isAskable: Bool
  var parts: [WorldPart]
  var isConfigured = true
  /// Whether no part of it can be asked.
  var isSilent = false
  /// Engines that it is to look up.
  var lookups: [OmittedEngine] = []

  init(_ id: SourceID, _ trust: SourcePart.Trust, isAskable: Bool = false, parts: [WorldPart]) {
    self.id = id
    self.trust = trust
    self.isAskable = isAskable
    self.parts = parts
  }

  /// Whether it answers at once after a start, because it asks nobody.
  var isOwn: Bool { trust == .declared }
  /// Whether it answers at once, because its objects have changed by this server's own deeds.
  var isChanged: Bool {
    isOwn && parts.contains { $0.objects.map(\.created) != $0.view.map(\.created) }
  }
  var sees: Bool { id.kind == .kubernetes || id.kind == .peer }
  var isTroubled: Bool { isSilent || parts.contains { $0.trouble != .none } }

  mutating func restart() {
    for index in parts.indices { parts[index].restart() }
    lookups = []
  }

  /// Its answer now. `isWatching`: it has followed every change since its last answer, and so has seen engines end.
  mutating func answer(
    isWatching: Bool, strangers: [WorldObject] = [], with random: inout SeededGenerator
  ) -> SourceAnswer {
    var ended: [Set<String>] = []
    for index in parts.indices {
      let gone = parts[index].look(strangers, with: &random)
      ended.append(isWatching && sees && parts[index].trouble == .none ? gone : [])
    }
    // Of the pods at one address the newest that is Ready owns it.
    var owners: [String: WorldObject] = [:]
    for object in parts.filter(\.isWanted).flatMap(\.view) where object.isReady {
      guard id.kind == .kubernetes, let url = object.spec?.url.description else { continue }
      if owners[url].map({ $0.created < object.created }) ?? true { owners[url] = object }
    }
    return SourceAnswer(
      source: id,
      parts: zip(parts, ended).filter(\.0.isWanted).map { part, ended in
        let losers = part.view.filter { object in
          object.spec.flatMap { owners[$0.url.description] }.map { $0.created != object.created } ?? false
        }
        let shown = part.view.filter { object in !losers.contains { $0.id == object.id } }
        let isComplete = part.trouble != .failing && part.trouble != .partial
        return SourcePart(
          name: part.name, engines: shown.compactMap(\.spec), unprobed: shown.compactMap(\.unprobed),
          isComplete: isComplete, outage: part.trouble == .failing ? "HTTP 503" : nil, trust: trust,
          isAskable: isAskable, ended: ended.union(losers.map(\.id)))
      })
  }

  /// Looks up the engines that the fleet misses; returns those that do not exist.
  mutating func lookUp() -> [OmittedEngine] {
    var denied: [OmittedEngine] = []
    var left: [OmittedEngine] = []
    for engine in lookups {
      guard let index = parts.firstIndex(where: { $0.name == engine.part && $0.isWanted }) else { continue }
      guard !isSilent, parts[index].trouble != .failing else {
        left.append(engine)
        continue
      }
      let object = parts[index].objects.first { $0.id == engine.id }
      let isSame = object.map { engine.podUID.isEmpty || $0.podUID == engine.podUID } ?? false
      if let object, isSame, parts[index].trouble != .wiped {
        parts[index].find(object)
      } else {
        denied.append(engine)
      }
    }
    lookups = left
    return denied
  }

  mutating func remove(_ objectID: String) {
    for index in parts.indices { parts[index].objects.removeAll { $0.id == objectID } }
  }
}

import Catalog
import Wire

/// All reads of engines, for all protocols: of probed engines, and of engines that are only claimed.
struct EngineReader: Sendable {
  /// One engine: the facts from its probes, its claimants' description, or both.
  struct Entry {
    var facts: EngineFacts?
    var claimed: ClaimedEngine?

    var id: String { facts?.id ?? claimed?.id ?? "" }
    var namespace: String { facts?.namespace ?? claimed?.namespace ?? "" }
  }

  private let catalog: ModelCatalog
  private let registry: any EngineRegistry

  init(_ environment: ServiceEnvironment) {
    catalog = environment.catalog
    registry = environment.registry
  }

  /// All engines, in the order of their ids. `namespace` nil: of all namespaces.
  func engines(namespace: String?) -> [Entry] {
    var claimed = Dictionary(registry.claimedEngines().map { (ByteString($0.id), $0) }) { first, _ in first }
    var entries = catalog.engines().map { facts in
      Entry(facts: facts, claimed: claimed.removeValue(forKey: ByteString(facts.id)))
    }
    entries += claimed.values.map { Entry(facts: nil, claimed: $0) }
    if let namespace { entries.removeAll { !sameBytes($0.namespace, namespace) } }
    return entries.sorted { precedes($0.id, $1.id) }
  }

  /// The engine with this id; nil when the namespace has none.
  func engine(id: String, namespace: String) -> Entry? {
    let entry = Entry(facts: catalog.engine(id: id), claimed: registry.claimedEngine(id: id))
    return sameBytes(entry.id, id) && sameBytes(entry.namespace, namespace) ? entry : nil
  }

  func message(_ entry: Entry) -> EngineMessage {
    var message = EngineMessage(namespace: entry.namespace, id: entry.id)
    if let claimed = entry.claimed {
      message.endpoint = claimed.endpoint
      message.kind = claimed.kind
      message.cluster = claimed.cluster
      message.labels = claimed.labels
      message.podUID = claimed.podUID
      message.sources = claimed.sources
      message.leases = claimed.leases
      message.isInsecure = claimed.isInsecure
    }
    guard let facts = entry.facts else { return message }
    message.endpoint = facts.endpoint
    message.kind = facts.kind
    message.version = facts.version
    message.cluster = facts.cluster
    message.labels = facts.labels
    message.condition = facts.condition
    message.via = facts.via
    message.podUID = facts.podUID
    message.observedAt = catalog.readings.reading(of: facts.id)?.observedAt
    message.models = catalog.replicas(engineID: facts.id).map(\.modelID)
    return message
  }
}

extension [EngineReader.Entry] {
  /// The index of the first entry after an id; the entries have to be in the order of their ids.
  func place(after id: String) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if precedes(id, self[middle].id) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

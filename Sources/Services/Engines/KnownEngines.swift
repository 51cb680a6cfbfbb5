import Catalog
import Wire

/// All engines by id: those that were found to be something, and those that are claimed and were not asked yet.
struct KnownEngines {
  /// What is known of one: at least one of the two.
  struct Entry {
    var facts: EngineFacts?
    var claimed: ClaimedEngine?

    var id: String { facts?.id ?? claimed?.id ?? "" }
    var namespace: String { facts?.namespace ?? claimed?.namespace ?? "" }
  }

  let entries: [Entry]
  private let environment: ServiceEnvironment

  /// `namespace` nil: every one.
  init(_ environment: ServiceEnvironment, namespace: String?) {
    self.environment = environment
    var claimed = Dictionary(environment.registry.claimedEngines().map { ($0.id, $0) }) { first, _ in first }
    var entries = environment.catalog.engines().map { facts in
      Entry(facts: facts, claimed: claimed.removeValue(forKey: facts.id))
    }
    entries += claimed.values.map { Entry(facts: nil, claimed: $0) }
    if let namespace { entries.removeAll { $0.namespace != namespace } }
    self.entries = entries.sorted { precedes($0.id, $1.id) }
  }

  /// The first place behind an id.
  func place(after id: String) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if precedes(id, entries[middle].id) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension ServiceEnvironment {
  /// nil when there is none of this id in the namespace.
  func engine(id: String, namespace: String) -> KnownEngines.Entry? {
    let entry = KnownEngines.Entry(facts: catalog.engine(id: id), claimed: registry.claimedEngine(id: id))
    return entry.id == id && entry.namespace == namespace ? entry : nil
  }

  func message(_ entry: KnownEngines.Entry) -> EngineMessage {
    var message = EngineMessage(namespace: entry.namespace, id: entry.id)
    if let claimed = entry.claimed {
      message.endpoint = claimed.endpoint
      message.kind = claimed.kind
      message.cluster = claimed.cluster
      message.labels = claimed.labels
      message.podUID = claimed.podUID
      message.sources = claimed.sources
      message.leases = claimed.leases
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
    message.observedAt = reading(facts.id)?.observedAt
    message.models = catalog.replicas(engineID: facts.id).map(\.modelID)
    return message
  }
}

import Synchronization

extension ModelCatalog {
  /// All engines that are known, by id.
  package func engines() -> [EngineFacts] {
    ledger.withLock { $0.engines.values.map(\.value) }.sorted { precedes($0.id, $1.id) }
  }

  /// All engines that are known with their models, both by id.
  package func knownEngines() -> [(facts: EngineFacts, models: [ReplicaFacts])] {
    ledger.withLock { ledger in
      ledger.engines.sorted { $0.key < $1.key }.map { name, held in
        let models = ledger.replicas[name, default: [:]].sorted { $0.key < $1.key }.map(\.value.value)
        return (held.value, models)
      }
    }
  }

  /// Engines of which models are stored but not they themselves: the process ended while they were being written. To be
  /// forgotten, or observed anew.
  package func strayEngineIDs() -> [String] {
    ledger.withLock { ledger in ledger.replicas.keys.filter { ledger.engines[$0] == nil }.sorted().map(\.text) }
  }

  package func engine(id: String) -> EngineFacts? {
    ledger.withLock { $0.engines[Name(id)]?.value }
  }

  /// What is known of an engine's models, by id.
  package func replicas(engineID: String) -> [ReplicaFacts] {
    ledger.withLock { $0.replicas[Name(engineID)]?.values.map(\.value) ?? [] }
      .sorted { precedes($0.modelID, $1.modelID) }
  }
}

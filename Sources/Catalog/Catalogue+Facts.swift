import Synchronization

extension Catalogue {
  /// All engines that are known, by id.
  package func engines() -> [EngineFacts] {
    ledger.withLock { $0.engines.values.map(\.value) }.sorted { precedes($0.id, $1.id) }
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

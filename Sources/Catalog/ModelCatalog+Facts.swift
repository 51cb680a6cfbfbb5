/// Writes, and reads of the facts about engines and registrations.
extension ModelCatalog {
  /// Records observations in order, after those of earlier calls. An observation that brings no new fact writes
  /// nothing.
  ///
  /// Each transaction of the store is one revision and one group of events. Observations share a transaction, also with
  /// other callers'; only an observation of more than 128 operations takes several. When the store throws, the catalog
  /// publishes nothing of that transaction, tries none after it, and throws the error. The catalog skips an observation
  /// that fails `Observation.check`, and throws the first such error after it has recorded the others.
  package func record(_ observations: [Observation], at now: Timestamp) async throws {
    var refusal: ObservationError?
    var writes: [CatalogWrite] = []
    for observation in observations {
      do throws(ObservationError) {
        try observation.check()
        writes.append(.observation(observation))
      } catch {
        refusal = refusal ?? error
      }
    }
    try await writer.write(writes, at: now)
    if let refusal { throw refusal }
  }

  /// Replaces the declared labels of a model, and returns the model with them. When this returns, the labels are
  /// durable: they outlive a loss of power. Throws `LabelsError` and `StoreError`.
  ///
  /// With `removed` the declared labels stay that neither `labels` nor `removed` names. `etag` must be the model's; empty
  /// matches any.
  package func setLabels(
    _ labels: [String: String], removing removed: [String]? = nil, of key: ModelKey, ifETag etag: String,
    at now: Timestamp
  ) async throws -> ModelRef {
    let declaration = LabelsDeclaration(key: key, labels: labels, removed: removed, etag: etag)
    try declaration.check()
    guard let model = try await writer.write([.labels(declaration)], at: now) else { throw LabelsError.notFound }
    return model
  }

  /// Stores a registration, in place of an earlier registration of the same lease. When this returns it is durable: it
  /// outlives a loss of power. Throws `StoreError`.
  package func register(_ registration: Registration, at now: Timestamp) async throws {
    try await writer.write([.register(registration)], at: now)
  }

  /// Ends leases and ignores unknown ones. With `isDurable` the end outlives a loss of power, so that a client may rely
  /// on it. Throws `StoreError`.
  package func deregister(_ leaseIDs: [String], isDurable: Bool, at now: Timestamp) async throws {
    try await writer.write(leaseIDs.map { .deregister(leaseID: $0, isDurable: isDurable) }, at: now)
  }

  /// The number of callers whose writes have not begun.
  package var waitingWrites: Int { writer.waitingCount }

  /// All known engines, by id.
  package func engines() -> [EngineFacts] {
    writer.facts { $0.engines.values.map(\.value) }.sorted { precedes($0.id, $1.id) }
  }

  /// All known engines with their models, both by id.
  package func knownEngines() -> [(facts: EngineFacts, models: [ReplicaFacts])] {
    writer.facts { ledger in
      ledger.engines.sorted { $0.key < $1.key }.map { name, engine in
        let models = ledger.replicas[name, default: [:]].sorted { $0.key < $1.key }.map(\.value.value)
        var facts = engine.value
        facts.claims = ledger.claims[name] ?? []
        return (facts, models)
      }
    }
  }

  /// The ids of engines that have stored models but no stored facts: the process ended while it wrote them. The caller
  /// must forget them or observe them again.
  package func orphanEngineIDs() -> [String] {
    writer.facts { ledger in ledger.replicas.keys.filter { ledger.engines[$0] == nil }.sorted().map(\.text) }
  }

  /// The facts of one engine; nil when the store has none.
  package func engine(id: String) -> EngineFacts? {
    writer.facts { $0.engines[ByteString(id)]?.value }
  }

  /// The facts of an engine's models, by id.
  package func replicas(engineID: String) -> [ReplicaFacts] {
    writer.facts { $0.replicas[ByteString(engineID)]?.values.map(\.value) ?? [] }
      .sorted { precedes($0.modelID, $1.modelID) }
  }

  /// The number of known engines by state and by kind. It visits all engines, and delays the writer but no reader.
  package var engineCounts: (byState: StateCounts, byKind: [String: Int]) {
    writer.facts { ledger in
      var counts = (byState: StateCounts(), byKind: [String: Int]())
      for engine in ledger.engines.values {
        counts.byState.add(engine.value.condition.state)
        counts.byKind[engine.value.kind, default: 0] += 1
      }
      return counts
    }
  }

  /// All stored registrations, by lease.
  package func registrations() -> [Registration] {
    writer.facts { $0.registrations.sorted { $0.key < $1.key }.map(\.value) }
  }
}

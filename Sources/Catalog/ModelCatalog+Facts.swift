/// What is written, and what is known of engines and claims.
extension ModelCatalog {
  /// Takes observations in, in order, behind those of earlier calls. An observation that says nothing new writes nothing.
  ///
  /// Each transaction of the store is one revision and one group of events; several observations share one, also those
  /// of other callers, and only an observation of more than 128 operations takes several. When the store throws, nothing
  /// of that transaction is published, what follows it is not tried, and the error is thrown. An observation that fails
  /// `Observation.check` is passed over; the first such error is thrown when the others are recorded.
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

  /// Replaces the labels that are declared for a model, and returns the model as it is then. Once this returns they
  /// outlive a loss of power. Throws `LabelsError` and `StoreError`.
  ///
  /// `etag` must be the model's, unless it is empty.
  package func setLabels(
    _ labels: [String: String], of key: ModelKey, ifETag etag: String, at now: Timestamp
  ) async throws -> ModelRef {
    let declaration = LabelsDeclaration(key: key, labels: labels, etag: etag)
    try declaration.check()
    guard let model = try await writer.write([.labels(declaration)], at: now) else { throw LabelsError.notFound }
    return model
  }

  /// Stores a claim, in place of one of the same lease. Once this returns it outlives a loss of power. Throws `StoreError`.
  package func register(_ registration: Registration, at now: Timestamp) async throws {
    try await writer.write([.register(registration)], at: now)
  }

  /// Ends leases; unknown ones are passed over. `isDurable`: a client is told that they ended. Throws `StoreError`.
  package func deregister(_ leaseIDs: [String], isDurable: Bool, at now: Timestamp) async throws {
    try await writer.write(leaseIDs.map { .deregister(leaseID: $0, isDurable: isDurable) }, at: now)
  }

  /// Callers whose writes are not begun.
  package var waitingWrites: Int { writer.waitingCount }

  /// All engines that are known, by id.
  package func engines() -> [EngineFacts] {
    writer.facts { $0.engines.values.map(\.value) }.sorted { precedes($0.id, $1.id) }
  }

  /// All engines that are known with their models, both by id.
  package func knownEngines() -> [(facts: EngineFacts, models: [ReplicaFacts])] {
    writer.facts { ledger in
      ledger.engines.sorted { $0.key < $1.key }.map { name, engine in
        let models = ledger.replicas[name, default: [:]].sorted { $0.key < $1.key }.map(\.value.value)
        return (engine.value, models)
      }
    }
  }

  /// Engines that are not stored, but models of theirs are: the process ended while they were being written. To be
  /// forgotten, or observed anew.
  package func strayEngineIDs() -> [String] {
    writer.facts { ledger in ledger.replicas.keys.filter { ledger.engines[$0] == nil }.sorted().map(\.text) }
  }

  package func engine(id: String) -> EngineFacts? {
    writer.facts { $0.engines[ByteString(id)]?.value }
  }

  /// What is known of an engine's models, by id.
  package func replicas(engineID: String) -> [ReplicaFacts] {
    writer.facts { $0.replicas[ByteString(engineID)]?.values.map(\.value) ?? [] }
      .sorted { precedes($0.modelID, $1.modelID) }
  }

  /// All known engines, by state and by the name of their kind: a pass over them, which delays the writer but no reader.
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

  /// All claims that are stored, by lease.
  package func registrations() -> [Registration] {
    writer.facts { $0.registrations.sorted { $0.key < $1.key }.map(\.value) }
  }
}

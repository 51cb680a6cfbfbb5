import Synchronization

extension ModelCatalog {
  /// Takes observations in, one after the other, behind those of earlier calls. What is known already writes nothing.
  ///
  /// Each transaction of the store is one revision and one group of events; several observations share one, also those
  /// of other callers, and only what has more than 128 operations takes several. When the store throws, nothing of that
  /// transaction is published or known, what follows it is not tried, and the error is thrown. An observation that fails
  /// `Observation.check` is passed over; the first such error is thrown when the others are recorded.
  package func record(_ observations: [Observation], at now: Timestamp) async throws {
    var refusal: ObservationError?
    var writes: [Write] = []
    for observation in observations {
      do throws(ObservationError) {
        try observation.check()
        writes.append(.observation(observation))
      } catch {
        refusal = refusal ?? error
      }
    }
    try await write(writes, at: now)
    if let refusal { throw refusal }
  }

  /// Replaces the labels that were declared for a model, which is returned as it is then. Once this returns they outlive
  /// a loss of power. Throws `LabelsError` and `StoreError`.
  ///
  /// `etag` must be the model's, unless it is empty.
  package func setLabels(
    _ labels: [String: String], of key: ModelKey, ifETag etag: String, at now: Timestamp
  ) async throws -> ModelRef {
    let declaration = LabelsDeclaration(key: key, labels: labels, etag: etag)
    try declaration.check()
    guard let model = try await write([.labels(declaration)], at: now) else { throw LabelsError.notFound }
    return model
  }

  /// Makes public what the store has committed as its revision `modified`. Only the one writer calls it.
  func publish(_ changes: [FactChange], modified: Int64, at time: Timestamp) {
    let revision = store.epoch + modified
    let before = view
    let derived = ledger.withLock { ledger in
      ledger.apply(changes.map { ($0, modified) }).sorted().map { key in
        (key: key, model: ledger.derived(key, epoch: store.epoch))
      }
    }
    let news = derived.compactMap { key, model in
      ModelChange(of: key, model, encoder: encoder) { before.snapshot.model(key, sight: .all)?.stored }
    }
    let snapshot = before.snapshot.applying(news.map(\.edit), revision: revision)
    var history = before.history
    history.append(
      revision: revision, time: time, events: news.events(revision, after: before.head, encoder: encoder))
    // What nobody else holds of the view before is freed here, not under the lock.
    _ = published.withLock { view in
      let old = view
      view.snapshot = snapshot
      view.history = history
      // Before the first sweep is over an empty list would be a guess.
      if !view.isReady { view.canList = view.canList && snapshot.count > 0 }
      return old
    }
    tellListeners()
  }
}

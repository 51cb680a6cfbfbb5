import Synchronization

extension Catalogue {
  /// Takes observations in, one after the other, behind those of earlier calls. What is known already writes nothing.
  ///
  /// Each transaction of the store is one revision and one group of events; only an observation of more than 128
  /// operations takes several. When the store throws, nothing of that transaction is published or known, what
  /// follows it is not tried, and the error is thrown. An observation that fails `Observation.check` is passed over; the first
  /// such error is thrown when the others are recorded.
  package func record(_ observations: [Observation], at now: Timestamp) async throws {
    await turnstile.enter()
    defer { turnstile.leave() }
    var refusal: ObservationError?
    for observation in observations {
      do throws(ObservationError) {
        try observation.check()
      } catch {
        refusal = refusal ?? error
        continue
      }
      for changes in ledger.withLock({ $0.plan(observation, at: now) }) {
        let transaction = StoreTransaction(operations: changes.map { $0.operation(codec) }, time: now)
        let revision = try await store.commit(transaction)
        publish(changes, modified: revision)
      }
    }
    if let refusal { throw refusal }
  }

  /// Makes public what the store has committed as its revision `modified`. Only whoever passed the turnstile calls it.
  private func publish(_ changes: [FactChange], modified: Int64) {
    let revision = store.epoch + modified
    let before = view
    let derived = ledger.withLock { ledger in
      ledger.apply(changes.map { ($0, modified) }).sorted().map { key in (key: key, model: ledger.derived(key)) }
    }
    let news = derived.compactMap { key, model in self.news(of: key, model, before: before.snapshot, revision: revision)
    }
    let snapshot = before.snapshot.applying(news.map(\.edit), revision: revision)
    var history = before.history
    for (index, one) in news.enumerated() {
      history.append(event(one, revision: revision, isLast: index == news.count - 1))
    }
    // What nobody else holds of the view before is freed here, not under the lock.
    _ = published.withLock { view in
      let old = view
      view.snapshot = snapshot
      view.history = history
      return old
    }
    tellListeners()
  }

  /// One model that differs from the one before.
  private struct News {
    var kind: EventKind
    var before: StoredModel?
    var edit: Edit
  }

  /// nil when the model is as it was.
  private func news(of key: ModelKey, _ model: Model?, before: Snapshot, revision: Int64) -> News? {
    let old = before.model(key, sight: .all)?.stored
    guard var model else {
      return old.map { News(kind: .removed, before: $0, edit: Edit(key: key, entry: nil)) }
    }
    if let old, old.model.etag == model.etag { return nil }
    model.revision = revision
    let entry = LeafEntry(model, encoded: encoder.encode(model))
    return News(kind: old == nil ? .added : .modified, before: old, edit: Edit(key: key, entry: entry))
  }

  private func event(_ news: News, revision: Int64, isLast: Bool) -> RingEvent {
    let resumeRevision = isLast ? revision : revision - 1
    let key = news.edit.key
    let encoded = encoder.encode(news.kind, news.edit.entry?.encoded, key: key, revision: resumeRevision)
    return RingEvent(
      kind: news.kind, key: key, before: news.before, after: news.edit.entry?.stored, encoded: encoded,
      revision: revision, resumeRevision: resumeRevision)
  }
}

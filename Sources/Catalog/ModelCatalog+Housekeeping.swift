import Synchronization

extension ModelCatalog {
  /// Models that are remembered although nobody serves them: beyond this those that are gone the longest are forgotten.
  static let absentLimit = 100_000
  /// What one round forgets, so that it holds up nobody.
  private static let forgettingLimit = 10_000

  /// What the passing of time asks for: drops the past that is too old, notes when engines answered last, and forgets
  /// models that are gone for longer than `remember`. To be called now and then, and at the end. Throws `StoreError`.
  package func housekeep(at now: Timestamp, remember: Duration) async throws {
    view.snapshot.ageReadings()
    try await write([.expire], at: now)
    try await noteReadings(at: now)
    try await forgetAbsent(at: now, remember: remember)
  }

  /// Only the one writer calls it.
  func expire(at now: Timestamp) {
    let old = published.withLock { view in
      let old = view.history
      view.history.expire(at: now)
      return old
    }
    // Freed here, not under the lock.
    _ = consume old
    pasts.withLock { $0.forget(before: view.history.floor.revision) }
    differences.withLock { $0.age() }
    ageLists()
  }

  /// Lets the store drop what the history has dropped.
  func compactDropped(at now: Timestamp) async {
    let floor = view.history.floor
    let revision = floor.revision - store.epoch
    guard revision > store.compacted else { return }
    do throws(StoreError) {
      try await store.note([FloorNote(revision: revision, time: floor.time).note])
      try await store.compact(to: revision)
    } catch {
      // What is kept for longer does no harm; it is tried again with the next write.
      health.withLock { $0.failed(error, at: now) }
    }
  }

  private func noteReadings(at now: Timestamp) async throws {
    let changed = readings.takeChanged()
    var notes = changed.map {
      ReadingNote(engineID: $0.text, observedAt: readings.reading(of: $0.text)?.observedAt).note
    }
    // A store that has failed is tried even when there is nothing to note.
    if storeFailure != nil {
      notes.append(StoreHint(name: Array("history/tried".utf8), value: Array(String(now.microseconds).utf8)))
    }
    guard !notes.isEmpty else { return }
    do throws(StoreError) {
      try await store.note(notes)
      health.withLock { $0.recovered() }
    } catch {
      readings.putBack(changed)
      health.withLock { $0.failed(error, at: now) }
      throw error
    }
  }

  private func forgetAbsent(at now: Timestamp, remember: Duration) async throws {
    let writes = ledger.withLock { ledger -> [Write] in
      guard ledger.seen.count > ledger.holders.count else { return [] }
      let absent = ledger.seen.filter { ledger.holders[$0.key] == nil }
      let lost = absent.filter { $0.value.value.gone == nil }.map { Write.lost($0.key) }
      let gone = absent.compactMap { key, held in held.value.gone.map { (key: key, since: $0) } }
        .sorted { $0.since < $1.since }
      let tooMany = max(0, gone.count - Self.absentLimit)
      let forgotten = gone.enumerated().filter { $0.offset < tooMany || now - $0.element.since > remember }
      return Array((lost + forgotten.map { .forget($0.element.key) }).prefix(Self.forgettingLimit))
    }
    try await write(writes, at: now)
  }
}

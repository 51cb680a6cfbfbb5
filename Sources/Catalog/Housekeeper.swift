import Synchronization

/// Does the periodic work of the catalog. It ages the past and the caches, stores when each engine last answered, and
/// forgets models that are absent for too long.
struct Housekeeper: Sendable {
  /// The largest number of absent models that the catalog remembers; beyond it the housekeeper forgets the longest
  /// absent.
  private static let absentLimit = 100_000
  /// The largest number of models that one round forgets, so that it delays no other write for long.
  private static let forgettingLimit = 10_000

  let store: MonitoredStore
  let publisher: CatalogPublisher
  let writer: CatalogWriter
  let past: PastReader
  let lists: ListMaker
  let readings: ReadingsBoard

  func housekeep(at now: Timestamp, remember: Duration) async throws {
    publisher.view.snapshot.ageReadings()
    try await writer.write([.expire], at: now)
    past.age()
    lists.age()
    try await keepReadings(at: now)
    try await forgetAbsent(at: now, remember: remember)
  }

  private func keepReadings(at now: Timestamp) async throws {
    // The supervisor tries the store meanwhile, and a later round keeps the readings.
    guard store.mode == .durable else { return }
    let changed = readings.takeChanged()
    var hints = changed.map {
      ReadingHint(engineID: $0.text, observedAt: readings.reading(of: $0.text)?.observedAt).hint
    }
    // After a failure the housekeeper tries the store even when it has nothing to keep.
    if store.failure != nil {
      hints.append(.tried(at: now))
    }
    guard !hints.isEmpty else { return }
    do throws(StoreError) {
      try await store.keep(hints, at: now)
    } catch {
      readings.putBack(changed)
      throw error
    }
  }

  private func forgetAbsent(at now: Timestamp, remember: Duration) async throws {
    let writes = writer.facts { ledger -> [CatalogWrite] in
      guard ledger.seen.count > ledger.holders.count else { return [] }
      let absent = ledger.seen.filter { ledger.holders[$0.key] == nil }
      let lost = absent.filter { $0.value.value.gone == nil }.map { CatalogWrite.lost($0.key) }
      let gone = absent.compactMap { key, record in record.value.gone.map { (key: key, since: $0) } }
        .sorted { $0.since < $1.since }
      let tooMany = max(0, gone.count - Self.absentLimit)
      let forgotten = gone.enumerated().filter { $0.offset < tooMany || now - $0.element.since > remember }
      return Array((lost + forgotten.map { .forget($0.element.key) }).prefix(Self.forgettingLimit))
    }
    try await writer.write(writes, at: now)
  }
}

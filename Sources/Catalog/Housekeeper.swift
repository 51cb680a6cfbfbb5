import Synchronization

/// Does the periodic work of the catalog. It ages the past and the caches, stores when each engine last answered, and
/// forgets models that are absent for too long.
struct Housekeeper: Sendable {
  /// The largest number of models that one round forgets, so that it delays no other write for long.
  private static let forgettingLimit = 10_000

  let store: MonitoredStore
  let publisher: CatalogPublisher
  let writer: CatalogWriter
  let past: PastReader
  let lists: ListMaker
  let readings: ReadingsBoard
  let uptime: StoreUptime

  func housekeep(at now: Timestamp, remember: Duration) async throws {
    publisher.view.snapshot.ageReadings()
    try await writer.write([.expire], at: now)
    past.age()
    lists.age()
    try await keepHints(at: now)
    try await forgetAbsent(at: now, remember: remember)
  }

  /// Stores the uptime and the new readings.
  private func keepHints(at now: Timestamp) async throws {
    // The supervisor tries the store meanwhile, and a later round keeps the hints.
    guard store.mode == .durable else { return }
    let changed = readings.takeChanged()
    var hints = changed.map {
      ReadingHint(engineID: $0.text, observedAt: readings.reading(of: $0.text)?.observedAt).hint
    }
    hints.append(UptimeHint(uptime: uptime.now).hint)
    do throws(StoreError) {
      try await store.keep(hints, at: now)
    } catch {
      readings.putBack(changed)
      throw error
    }
  }

  private func forgetAbsent(at now: Timestamp, remember: Duration) async throws {
    let uptime = uptime.now
    let writes = writer.facts { ledger -> [CatalogWrite] in
      guard ledger.seen.count > ledger.holders.count else { return [] }
      let writes = ledger.seen.lazy.compactMap { key, record -> CatalogWrite? in
        guard ledger.holders[key] == nil else { return nil }
        // The absence of a model whose record has no uptime begins now.
        guard let goneUptime = record.value.goneUptime else { return .lost(key) }
        return uptime - goneUptime > remember ? .forget(key) : nil
      }
      return Array(writes.prefix(Self.forgettingLimit))
    }
    try await writer.write(writes, at: now)
  }
}

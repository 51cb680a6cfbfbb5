import Catalog
import Synchronization

/// Slots for the watches that run at once: `limit` of them for all protocols together.
package final class WatchSlots: Sendable {
  /// Watches at once, of all protocols together.
  package let limit: Int
  private let taken = Mutex<[ObjectIdentifier: WatchSlot]>([:])
  let counts = WatchCounts()

  package init(limit: Int = 10_000) {
    self.limit = limit
  }

  /// nil when all are taken; otherwise `release` gives it back.
  func take(_ kind: WatchSlot.Kind) -> WatchSlot? {
    let slot = WatchSlot(kind, counts)
    return taken.withLock { taken in
      guard taken.count < limit else { return nil }
      taken[ObjectIdentifier(slot)] = slot
      return slot
    }
  }

  func release(_ slot: WatchSlot) {
    _ = taken.withLock { $0.removeValue(forKey: ObjectIdentifier(slot)) }
  }

  /// Those that run now, in no order.
  var running: some Collection<WatchSlot> { taken.withLock { $0 }.values }
}

/// The slot of one watch that runs, and its position in the history.
final class WatchSlot: Sendable {
  /// Raw values are labels in metrics.
  enum Kind: String, CaseIterable {
    case grpc
    case sse
  }

  let kind: Kind
  private let counts: WatchCounts
  /// In the history; -1 before the list may be shown.
  private let place = Atomic<Int>(-1)

  init(_ kind: Kind, _ counts: WatchCounts) {
    self.kind = kind
    self.counts = counts
  }

  /// The position in the history of the event that it looks at next; nil while it has none.
  var position: Int? {
    let place = place.load(ordering: .relaxed)
    return place < 0 ? nil : place
  }

  /// After a turn of its cursor.
  func note(_ cursor: WatchCursor) {
    place.store(cursor.position ?? -1, ordering: .relaxed)
  }

  /// Counts resets and failures.
  func note(_ step: WatchStep) {
    switch step {
    case .item(let item): if let cause = item.resetCause { counts.count(cause) }
    case .failed(let failure): counts.count(failure)
    case .again, .wait: break
    }
  }
}

/// How often watches had to begin again, or ended for their slowness.
final class WatchCounts: Sendable {
  private let resets = InlineArray<4, Atomic<Int>> { _ in Atomic(0) }
  private let failures = InlineArray<2, Atomic<Int>> { _ in Atomic(0) }

  func count(_ cause: ResetCause) {
    guard let index = ResetCause.allCases.firstIndex(of: cause) else { return }
    resets[index].add(1, ordering: .relaxed)
  }

  func count(_ failure: WatchFailure) {
    guard let index = WatchFailure.allCases.firstIndex(of: failure) else { return }
    failures[index].add(1, ordering: .relaxed)
  }

  var byCause: [(cause: ResetCause, count: Int)] {
    ResetCause.allCases.enumerated().map { ($0.element, resets[$0.offset].load(ordering: .relaxed)) }
  }

  var byFailure: [(failure: WatchFailure, count: Int)] {
    WatchFailure.allCases.enumerated().map { ($0.element, failures[$0.offset].load(ordering: .relaxed)) }
  }
}

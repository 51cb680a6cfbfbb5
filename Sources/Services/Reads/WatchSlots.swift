import Catalog
import Synchronization

/// The slots for running watches: `limit` of them for all protocols together.
package final class WatchSlots: Sendable {
  /// The number of watches that may run at once, for all protocols together.
  package let limit: Int
  private let taken = Mutex<[ObjectIdentifier: WatchSlot]>([:])
  let counts = WatchCounts()

  package init(limit: Int = 10_000) {
    self.limit = limit
  }

  /// Takes a slot, which the watch gives back through `release`; nil when all slots are taken.
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

  /// The slots of the running watches, in no order.
  var running: some Collection<WatchSlot> { taken.withLock { $0 }.values }
}

/// The slot of one running watch, and the watch's position in the history.
final class WatchSlot: Sendable {
  /// The protocol of a watch; raw values are labels in metrics.
  enum Kind: String, CaseIterable {
    case grpc
    case sse
  }

  let kind: Kind
  private let counts: WatchCounts
  /// The position in the history; -1 before the list may be shown.
  private let place = Atomic<Int>(-1)

  init(_ kind: Kind, _ counts: WatchCounts) {
    self.kind = kind
    self.counts = counts
  }

  /// The position in the history of the event that the watch examines next; nil while it has none.
  var position: Int? {
    let place = place.load(ordering: .relaxed)
    return place < 0 ? nil : place
  }

  /// Stores the position after a turn of the watch's cursor.
  func note(_ cursor: WatchCursor) {
    place.store(cursor.position ?? -1, ordering: .relaxed)
  }

  /// Counts a reset or a failure.
  func note(_ step: WatchStep) {
    switch step {
    case .item(let item): if let cause = item.resetCause { counts.count(cause) }
    case .failed(let failure): counts.count(failure)
    case .again, .wait: break
    }
  }
}

/// The numbers of watches that had to begin again, and of watches that ended because they were too slow.
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

import Catalog
package import HTTP
import Synchronization

/// The slots for running watches of all protocols. They bound the watches in total, of one peer and of one connection,
/// and the bytes of text that watches hold.
package final class WatchSlots: Sendable {
  private struct Taken {
    var slots: [ObjectIdentifier: WatchSlot] = [:]
    var byPeer: [UInt64: Int] = [:]
    var byConnection: [UInt64: Int] = [:]
    var textBytes = 0
  }

  private let limits: LimitCounts
  private let taken = Mutex(Taken())
  let counts = WatchCounts()

  package init(_ limits: LimitCounts = LimitCounts(Limits())) {
    self.limits = limits
  }

  /// Takes a slot, which the watch gives back through `release`. `textBytes`: the bytes of filter and names that the
  /// watch holds. Throws, and takes nothing, when a limit is reached.
  func take(_ kind: WatchSlot.Kind, for caller: Caller, textBytes: Int = 0) throws(ReadError) -> WatchSlot {
    let slot = WatchSlot(kind, caller, textBytes: textBytes, counts)
    let reached = taken.withLock { taken -> Limit? in
      if let limit = exceeded(taken, by: slot) { return limit }
      taken.slots[ObjectIdentifier(slot)] = slot
      taken.byPeer[caller.peerID, default: 0] += 1
      taken.byConnection[caller.connectionID, default: 0] += 1
      taken.textBytes += textBytes
      return nil
    }
    guard let reached else { return slot }
    limits.count(reached)
    throw .limitReached(reached, limits.limits[reached])
  }

  /// Gives a slot back; further calls change nothing.
  func release(_ slot: WatchSlot) {
    taken.withLock { taken in
      guard taken.slots.removeValue(forKey: ObjectIdentifier(slot)) != nil else { return }
      taken.byPeer.decrease(slot.caller.peerID)
      taken.byConnection.decrease(slot.caller.connectionID)
      taken.textBytes -= slot.textBytes
    }
  }

  /// The slots of the running watches, in no order.
  var running: some Collection<WatchSlot> { taken.withLock { $0.slots }.values }

  /// The bytes of text that the running watches hold.
  var textBytes: Int { taken.withLock { $0.textBytes } }

  /// The number of peers and connections that the slots count.
  var callerCount: Int { taken.withLock { $0.byPeer.count + $0.byConnection.count } }

  /// The limit that one more watch would exceed; nil when there is none. A peer of number 0 has no limit of its own.
  private func exceeded(_ taken: borrowing Taken, by slot: WatchSlot) -> Limit? {
    let caller = slot.caller
    let (ofPeer, ofConnection) = (taken.byPeer[caller.peerID] ?? 0, taken.byConnection[caller.connectionID] ?? 0)
    if ofConnection >= limits.limits[.watchesPerConnection] { return .watchesPerConnection }
    if caller.peerID != 0, ofPeer >= limits.limits[.watchesPerPeer] { return .watchesPerPeer }
    if taken.slots.count >= limits.limits[.watches] { return .watches }
    return taken.textBytes + slot.textBytes > limits.limits[.watchTextBytes] ? .watchTextBytes : nil
  }
}

extension [UInt64: Int] {
  /// Counts one less, and forgets a count of 0.
  fileprivate mutating func decrease(_ key: UInt64) {
    guard let count = self[key] else { return }
    self[key] = count > 1 ? count - 1 : nil
  }
}

/// The slot of one running watch, and the watch's position in the history.
final class WatchSlot: Sendable {
  /// The protocol of a watch; raw values are labels in metrics.
  enum Kind: String, CaseIterable {
    case grpc
    case sse
    /// `Watch` of gRPC's health service.
    case health
  }

  let kind: Kind
  let caller: Caller
  /// The bytes of filter and names that the watch holds.
  let textBytes: Int
  private let counts: WatchCounts
  /// The position in the history; -1 before the list may be shown.
  private let place = Atomic<Int>(-1)

  init(_ kind: Kind, _ caller: Caller, textBytes: Int, _ counts: WatchCounts) {
    self.kind = kind
    self.caller = caller
    self.textBytes = textBytes
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
  private let resets = InlineArray<5, Atomic<Int>> { _ in Atomic(0) }
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

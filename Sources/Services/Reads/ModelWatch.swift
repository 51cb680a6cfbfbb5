import Catalog

/// A running watch: it emits, turn by turn, the items that are new to its watcher. It holds a cursor and a slot, but no
/// queue.
struct ModelWatch {
  enum Output {
    case item(WatchItem)
    case readings(ModelReadings)
  }

  /// The reason that a turn is over.
  enum Pause: Hashable {
    /// There are more items, or there may be some after the other watches have had their turn.
    case more
    /// There is no new item.
    case wait
    case failed(WatchFailure)
  }

  let read: WatchRead
  private let catalog: ModelCatalog
  private let sight: Sight
  private let slots: WatchSlots
  /// The slot; nil once the watch is closed.
  private var slot: WatchSlot?
  /// The cursor; nil before the first turn.
  private var cursor: WatchCursor?
  /// The cursor of READINGS; nil before the list may be shown, and where the client wants none.
  private var readings: ReadingsCursor?

  init(_ read: WatchRead, _ slot: WatchSlot, _ slots: WatchSlots, catalog: ModelCatalog, sight: Sight) {
    self.read = read
    self.slot = slot
    self.slots = slots
    self.catalog = catalog
    self.sight = sight
  }

  /// Emits new items, in order, until `isFull` returns true or the turn is over for another reason.
  mutating func turn(now: ContinuousClock.Instant, isFull: () -> Bool, _ emit: (Output) -> Void) -> Pause {
    var cursor = self.cursor ?? newCursor(now: now)
    defer {
      self.cursor = cursor
      slot?.note(cursor)
    }
    let view = catalog.view
    let board = catalog.readings
    let version = board.version
    if readings == nil, view.canList, let interval = read.readingsInterval {
      readings = ReadingsCursor(interval: interval, namespace: read.namespace, filter: read.filter, now: now)
    }
    while !isFull() {
      let step = cursor.next(view, now: now)
      slot?.note(step)
      switch step {
      case .item(let item):
        readings?.sends(item, version: version)
        emit(.item(item))
      case .again:
        return .more
      case .wait:
        switch readings?.next(view.snapshot, board, now: now) {
        case .item(let readings): emit(.readings(readings))
        case .again: return .more
        case .wait, nil: return .wait
        }
      case .failed(let failure):
        return .failed(failure)
      }
    }
    return .more
  }

  /// Releases the slot. The caller must not use the watch afterwards.
  mutating func close() {
    if let slot { slots.release(slot) }
    slot = nil
    cursor = nil
    readings = nil
  }

  private func newCursor(now: ContinuousClock.Instant) -> WatchCursor {
    WatchCursor(
      namespace: read.namespace, filter: read.filter, sight: sight, startRevision: read.startRevision, now: now)
  }
}

import Catalog

/// A watch that runs: it emits, turn by turn, the items that are new to its watcher. It holds a cursor and a slot, and
/// no queue.
struct ModelWatch {
  enum Output {
    case item(WatchItem)
    case readings(ModelReadings)
  }

  /// Why a turn is over.
  enum Pause: Hashable {
    /// More is there, or may be after others had their turn.
    case more
    /// Nothing is new.
    case wait
    case failed(WatchFailure)
  }

  let read: WatchRead
  private let catalog: ModelCatalog
  private let sight: Sight
  private let slots: WatchSlots
  /// nil once the watch is closed.
  private var slot: WatchSlot?
  /// nil before the first turn.
  private var cursor: WatchCursor?
  /// nil before the list may be shown, and where no READINGS come.
  private var readings: ReadingsCursor?

  init(_ read: WatchRead, _ slot: WatchSlot, _ slots: WatchSlots, catalog: ModelCatalog, sight: Sight) {
    self.read = read
    self.slot = slot
    self.slots = slots
    self.catalog = catalog
    self.sight = sight
  }

  /// Emits new items, in order, until `isFull` or until the turn is over for another reason.
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

  /// Gives the slot back. Nothing may be asked of it afterwards.
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

internal import Catalog

/// Where a watch goes on after its connection was lost.
struct WatchCursor {
  /// 0: with the whole list.
  private(set) var startRevision: Int64 = 0
  /// Whether part of a list was seen that ends no more.
  private var isTorn = false

  mutating func saw(_ kind: EventKind, revision: Int64) {
    // Not a change of the list.
    if kind == .readings { return }
    if kind == .reset {
      startRevision = 0
      isTorn = false
    } else if revision > 0 {
      startRevision = revision
      isTorn = false
    } else {
      isTorn = true
    }
  }

  /// A new stream begins. Returns whether what was seen before is void: a list that was cut short comes again from its
  /// beginning, perhaps without some of what was in it.
  mutating func begins() -> Bool {
    defer { isTorn = false }
    return isTorn
  }
}

internal import Catalog

/// The position from which a watch resumes after its connection was lost.
struct WatchPosition {
  /// 0 begins with the whole list.
  private(set) var startRevision: Int64 = 0
  /// Whether a list has begun and not ended.
  private var isTorn = false

  /// An event was received.
  mutating func received(_ kind: EventKind, revision: Int64) {
    // Readings are no change of the list.
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

  /// A new stream begins. Returns whether the events so far are void: a list that was cut short comes again from its
  /// beginning, perhaps without some of its models.
  mutating func beginStream() -> Bool {
    defer { isTorn = false }
    return isTorn
  }
}

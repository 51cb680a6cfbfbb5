internal import Catalog

/// The position from which a watch resumes after its connection was lost.
struct WatchPosition {
  /// The revision to resume from; 0: the watch begins with the whole list.
  private(set) var startRevision: Int64 = 0
  /// Whether a list has begun but not ended.
  private var isListIncomplete = false

  /// Records an event that the watch received.
  mutating func received(_ kind: EventKind, revision: Int64) {
    // Readings do not change the list.
    if kind == .readings { return }
    if kind == .reset {
      startRevision = 0
      isListIncomplete = false
    } else if revision > 0 {
      startRevision = revision
      isListIncomplete = false
    } else {
      isListIncomplete = true
    }
  }

  /// Prepares for a new stream. Returns whether the events so far are void: the server sends a list that was cut short
  /// again from its beginning, perhaps without some of its models.
  mutating func beginStream() -> Bool {
    defer { isListIncomplete = false }
    return isListIncomplete
  }
}

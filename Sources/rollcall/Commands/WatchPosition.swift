internal import Catalog

/// The position from which a watch resumes after its connection was lost.
struct WatchPosition {
  /// The revision to resume from; 0: the watch begins with the whole list.
  private(set) var startRevision: Int64 = 0
  /// Whether a list has begun but not ended.
  private var isListIncomplete = false

  /// Records an event that the watch received. Within a list only SYNCED has a revision that counts: from any other, a
  /// new stream would leave out the rest of the list.
  mutating func received(_ kind: EventKind, revision: Int64) {
    switch kind {
    // Readings do not change the list.
    case .readings: return
    case .reset: (startRevision, isListIncomplete) = (0, false)
    case .synced where revision > 0: (startRevision, isListIncomplete) = (revision, false)
    case .synced, .added, .modified, .removed:
      if startRevision > 0, revision > 0 { startRevision = revision } else { isListIncomplete = true }
    }
  }

  /// Prepares for a new stream. Returns whether the events so far are void: the server sends a list that was cut short
  /// again from its beginning, perhaps without some of its models.
  mutating func beginStream() -> Bool {
    defer { isListIncomplete = false }
    return isListIncomplete
  }
}

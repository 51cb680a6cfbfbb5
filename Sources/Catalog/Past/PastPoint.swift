/// A revision that was given out, and when it was committed.
package struct RevisionMark: Hashable, Sendable {
  package var revision: Int64
  package var time: Timestamp

  package init(revision: Int64, time: Timestamp) {
    self.revision = revision
    self.time = time
  }
}

/// A moment that a reader names.
package enum PastPoint: Hashable, Sendable {
  case revision(Int64)
  /// The last revision until then.
  case time(Timestamp)
  case present
}

/// Why a moment cannot be read.
package enum PastError: Error, Hashable {
  /// It was before what is retained; `oldest` is the first revision that can be read.
  case notRetained(oldest: Int64)
  /// It is after the last revision.
  case notReached(head: Int64)
  /// No revision of this number was given out, or it was lost with the machine's memory or a restored backup.
  case unknown
}

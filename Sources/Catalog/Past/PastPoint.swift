/// A revision of the catalog, and the time of its commit.
package struct RevisionMark: Hashable, Sendable {
  /// The public revision.
  package var revision: Int64
  /// The time of the commit; never before that of the revision before.
  package var time: Timestamp

  package init(revision: Int64, time: Timestamp) {
    self.revision = revision
    self.time = time
  }
}

/// A point in time that a client names.
package enum PastPoint: Hashable, Sendable {
  case revision(Int64)
  /// The last revision at or before the time.
  case time(Timestamp)
  case present
}

/// Why the catalog cannot read a point in time.
package enum PastError: Error, Hashable {
  /// The point is before the retained past; `oldest` is the first revision that can be read.
  case notRetained(oldest: Int64)
  /// The point is after the last revision.
  case notReached(head: Int64)
  /// No transaction has this revision, or a crash of the machine or a restored backup lost it.
  case unknown
}

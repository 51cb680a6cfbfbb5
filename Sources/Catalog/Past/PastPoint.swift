/// A revision of the catalog, and what the wall clock showed at its commit.
package struct RevisionMark: Hashable, Sendable {
  /// The public revision.
  package var revision: Int64
  /// The time of the wall clock at the commit. After a jump of that clock a later revision may have an earlier time.
  package var time: Timestamp

  package init(revision: Int64, time: Timestamp) {
    self.revision = revision
    self.time = time
  }
}

/// Now, by the wall clock and by the clock that no operator sets.
package struct PresentTime: Hashable, Sendable {
  package var wall: Timestamp
  /// The uptime of this process.
  package var uptime: Duration

  package init(wall: Timestamp, uptime: Duration) {
    self.wall = wall
    self.uptime = uptime
  }

  /// The time that the wall clock would have shown at an uptime if it had not jumped since.
  func wall(at uptime: Duration) -> Timestamp {
    wall + (uptime - self.uptime)
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

/// A moment: microseconds since the Unix epoch.
package struct Timestamp: Hashable, Comparable, Sendable {
  package var microseconds: Int64

  package init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Whole seconds since the Unix epoch, rounded down.
  package var seconds: Int64 {
    microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
  }

  package static func < (a: Timestamp, b: Timestamp) -> Bool {
    a.microseconds < b.microseconds
  }

  package static func + (a: Timestamp, b: Duration) -> Timestamp {
    let (seconds, attoseconds) = b.components
    return Timestamp(microseconds: a.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
  }

  package static func - (a: Timestamp, b: Timestamp) -> Duration {
    .microseconds(a.microseconds - b.microseconds)
  }
}

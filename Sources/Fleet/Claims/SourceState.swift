/// What a source claims, and whether it answers.
struct SourceState: Sendable {
  var sourceGuard = SourceGuard()
  /// Whether it ever answered in this process.
  var hasSpoken = false
  /// What it looks for was changed since its last answer: less than before is meant.
  var isChanged = false
  /// Why it cannot be asked now; nil when it can, as far as is known.
  var outage: String?
  var answers = 0
  /// Attempts to ask it that failed.
  var failures = 0
}

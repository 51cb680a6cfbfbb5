/// The claims of one source, and whether it answers.
struct SourceState: Sendable {
  var sourceGuard = SourceGuard()
  /// Whether the source has answered in this process.
  var hasAnswered = false
  /// Whether the source's query was changed since its last answer: then a smaller answer is meant.
  var isChanged = false
  /// Why the source does not answer now; nil when it does, as far as is known.
  var outage: String?
  var answers = 0
  /// Requests to the source that failed.
  var failures = 0
}

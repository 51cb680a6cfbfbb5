/// What a source said, and how it does.
struct SourceState: Sendable {
  var sourceGuard = SourceGuard()
  /// Whether it was ever heard in this process.
  var hasSpoken = false
  /// What it looks for was changed since its last answer: less than before is meant.
  var isChanged = false
  /// Why it cannot be asked now; nil when it can, as far as is known.
  var silence: String?
  var answers = 0
  /// Attempts to ask it that failed.
  var failures = 0

  /// Where two sources describe one engine, the one that comes first here counts; those of a kind by their names.
  private static let ranks = ["static", "registration", "kubernetes", "file", "dns", "peer"]

  static func precedes(_ a: String, _ b: String) -> Bool {
    (rank(a), a) < (rank(b), b)
  }

  private static func rank(_ name: String) -> Int {
    let kind = name.prefix { $0 != "/" }
    return ranks.firstIndex { $0 == kind } ?? ranks.count
  }
}

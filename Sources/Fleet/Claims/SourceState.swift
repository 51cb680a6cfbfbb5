/// The parts of one source, and whether it answers.
struct SourceState: Sendable {
  var parts: [String: PartClaims] = [:]
  /// Whether the source has answered in this process.
  var hasAnswered = false
  /// Whether no part of it can be asked now.
  var isSilent = false
  /// Why the source, or a part of it, does not answer now; nil when it does, as far as is known.
  var outage: String?
  /// The entries that its last answer left out, each with the reason.
  var notices: [String] = []
  var answers = 0
  /// Requests to the source that failed.
  var failures = 0

  /// Its claims that count, by part.
  func entries(at up: Duration) -> [(part: String, entry: PartClaims.Entry)] {
    parts.sorted { $0.key < $1.key }.flatMap { name, part in
      part.entries(at: up, isReachable: !isSilent).map { (name, $0) }
    }
  }

  /// Whether every claim was named by the last complete answers.
  var isCertain: Bool { !isSilent && parts.values.allSatisfy(\.isCertain) }

  mutating func withPart<Result>(_ name: String, _ body: (inout PartClaims) -> Result) -> Result {
    body(&parts[name, default: PartClaims()])
  }
}

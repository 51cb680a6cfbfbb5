/// Limits the log lines of a repeated failure to one a minute.
struct FailureLog: Sendable {
  static let interval: Duration = .seconds(60)
  private var lastLine: Duration?

  /// Counts a failure, at a time since the fleet's start; returns whether to log it.
  mutating func failed(at up: Duration) -> Bool {
    if let lastLine, up - lastLine < Self.interval { return false }
    lastLine = up
    return true
  }
}

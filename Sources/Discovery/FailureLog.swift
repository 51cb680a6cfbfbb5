/// When a failure that goes on is worth a line in the log: at first, and then once a minute.
struct FailureLog: Sendable {
  static let interval: Duration = .seconds(60)
  private var lastLine: Duration?

  /// It failed, at a time since the fleet's start; whether to say so.
  mutating func failed(at up: Duration) -> Bool {
    if let lastLine, up - lastLine < Self.interval { return false }
    lastLine = up
    return true
  }

  /// It succeeded; whether that is news.
  mutating func recovered() -> Bool {
    defer { lastLine = nil }
    return lastLine != nil
  }
}

/// When a failure is worth a line in the log: once a minute, however often it comes and goes.
struct FailureLog: Sendable {
  static let interval: Duration = .seconds(60)
  private var lastLine: Duration?

  /// It failed, at a time since the fleet's start; whether to say so.
  mutating func failed(at up: Duration) -> Bool {
    if let lastLine, up - lastLine < Self.interval { return false }
    lastLine = up
    return true
  }
}

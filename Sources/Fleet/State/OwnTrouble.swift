/// The troubles of this process that keep it from probing, for the log and for `/readyz`.
struct OwnTrouble: Sendable {
  private var last: OwnFailure?
  private var lines = FailureLog()
  /// Whether the log shows a trouble that goes on.
  private var isNoted = false

  /// Notes a probe that this process could not make; `unseen` is the number of engines that it does not see.
  mutating func met(_ failure: OwnFailure, unseen: Int, at up: Duration) -> [FleetEvent] {
    last = failure
    guard lines.failed(at: up) else { return [] }
    isNoted = true
    return [.notProbed(failure, engines: max(unseen, 1))]
  }

  /// Notes a probe that was made; `unseen` is the number of engines that this process still does not see.
  mutating func passed(unseen: Int) -> [FleetEvent] {
    guard isNoted, unseen == 0 else { return [] }
    isNoted = false
    return [.probedAgain]
  }

  /// The trouble in words; nil when this process sees every engine.
  func text(unseen: Int) -> String? {
    guard unseen > 0, let last else { return nil }
    return "\(unseen == 1 ? "1 engine is" : "\(unseen) engines are") not probed: \(last.text)"
  }
}

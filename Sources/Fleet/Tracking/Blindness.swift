/// The probes of one engine that fail for a reason of this process: they count for nothing, and the reason of the engine's
/// state tells of them from the second in a row.
struct Blindness: Sendable {
  /// The trouble that the engine's reason shows; nil: none.
  private(set) var shown: OwnFailure?
  /// Probes in a row that this process could not make.
  private var count = 0
  /// Since when, by the forget clock; nil while probes are made.
  private var since: Duration?

  /// Since when the trouble may mean that this machine has no way to the engine; nil: it does not mean that.
  private var cutOffSince: Duration?

  /// Notes a probe that was not made; returns whether the shown trouble changes.
  mutating func missed(_ failure: OwnFailure, forgetting: Duration) -> Bool {
    count += 1
    since = since ?? forgetting
    guard shown == nil, count >= 2 else { return false }
    shown = failure
    return true
  }

  /// Whether this machine has had no way to the engine for `patience`, as far as the failure shows. Then that failure is
  /// the shown trouble.
  mutating func isCutOff(_ failure: OwnFailure, for patience: Duration, at up: Duration) -> Bool {
    guard failure.mayCutOff else { return false }
    cutOffSince = cutOffSince ?? up
    guard up - (cutOffSince ?? up) >= patience else { return false }
    shown = failure
    return true
  }

  /// The time until the next probe: the first is repeated soon, the others in the usual rhythm.
  func delay(_ settings: ProbeSettings) -> Duration { count == 1 ? settings.confirmation : settings.interval }

  /// Notes a probe that was made; returns the time in which none was, by the forget clock, and whether a shown trouble
  /// is gone.
  mutating func end(forgetting: Duration) -> (blind: Duration, isNews: Bool) {
    let blind = since.map { forgetting - $0 } ?? .zero
    let wasShown = shown != nil
    self = Blindness()
    return (blind, wasShown)
  }
}

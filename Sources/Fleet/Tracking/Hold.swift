import Catalog

/// How long an engine keeps its state although it does not say how it is: it asks to be asked later, or it accepts
/// connections and is too busy to answer.
struct Hold: Hashable, Sendable {
  /// The finding that follows when the hold ends.
  struct Reason: Hashable, Sendable {
    var cause: StateCause
    var text: String
  }

  /// Since when, and why; nil while nothing is held.
  private(set) var reason: Reason?
  private var since: Duration = .zero

  /// When the hold ends, since the fleet's start; nil while nothing is held.
  func end(_ settings: ProbeSettings) -> Duration? {
    reason == nil ? nil : since + settings.holdLimit
  }

  /// Begins or goes on; returns whether the engine keeps its state.
  mutating func keeps(_ reason: Reason, at up: Duration, _ settings: ProbeSettings) -> Bool {
    if self.reason == nil { since = up }
    self.reason = reason
    return up - since < settings.holdLimit
  }

  mutating func release() { self = Hold() }
}

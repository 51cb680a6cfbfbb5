package import Catalog

/// The phase of an engine's life that its source reports, beside the state that probes find. The texts are for people.
package enum LifecycleHint: Hashable, Sendable {
  case none
  /// It is not ready yet: LOADING until its source reports otherwise, whether it answers or not. It is not forgotten
  /// while it does not answer.
  case starting(String)
  /// It was ready and is no longer: LOADING though it answers.
  case unready(String)
  /// It cannot start: FAILED.
  case failing(String, cause: StateCause = .cannotStart)
  /// It ends, and should get no new work: DRAINING.
  case ending(String)

  /// The condition to be shown where this hint decides; nil when there is no hint.
  package var condition: (state: ModelState, cause: StateCause, text: String)? {
    switch self {
    case .none: nil
    case .starting(let text): (.loading, .starting, text)
    case .unready(let text): (.loading, .notReady, text)
    case .failing(let text, let cause): (.failed, cause, text)
    case .ending(let text): (.draining, .ending, text)
    }
  }

  /// Whether this hint decides over a state that probes found.
  func decides(over probed: ModelState) -> Bool {
    switch (self, probed) {
    case (.ending, .ready), (.ending, .loading), (.ending, .cold): true
    case (.starting, .ready), (.starting, .cold), (.starting, .unreachable), (.starting, .loading): true
    case (.unready, .loading), (.unready, .ready): true
    case (.failing, _): true
    default: false
    }
  }
}

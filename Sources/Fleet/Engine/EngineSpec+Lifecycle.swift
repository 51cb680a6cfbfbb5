import Catalog

/// What a source says of an engine's life, beside what probes find.
extension EngineSpec {
  private static let ending = "its source says that it ends"

  /// Whether its source says that it ends.
  var isEnding: Bool {
    if case .ending = effectiveWord { true } else { false }
  }

  /// Whether it is not forgotten for being silent: its source knows why it is.
  var isHeld: Bool {
    switch effectiveWord {
    case .starting, .failing: true
    case .none, .unready, .ending: false
    }
  }

  /// The state to be shown for one that probes found, with what the source has to say of it.
  func shown(_ probed: ModelState) -> (state: ModelState, reason: String) {
    switch (effectiveWord, probed) {
    case (.ending(let text), .ready), (.ending(let text), .loading), (.ending(let text), .cold):
      (.draining, text)
    case (.starting(let text), .ready), (.starting(let text), .cold), (.starting(let text), .unreachable):
      (.loading, text)
    case (.starting(let text), .loading), (.unready(let text), .loading), (.unready(let text), .ready):
      (.loading, text)
    case (.failing(let text), _):
      (.failed, text)
    default:
      (probed, "")
    }
  }

  /// Whether a condition, as the store has it, is what this source says and no probe found.
  func said(_ condition: Condition) -> Bool {
    switch effectiveWord {
    case .none: false
    case .ending(let text): condition.state == .draining && condition.reason.contains(text)
    case .starting(let text), .unready(let text): condition.state == .loading && condition.reason.contains(text)
    case .failing(let text): condition.state == .failed && condition.reason.contains(text)
    }
  }

  private var effectiveWord: LifecycleHint {
    isDraining && word == .none ? .ending(Self.ending) : word
  }
}

import Catalog

/// What a source says of an engine's life, beside what probes find.
extension EngineSpec {
  /// Whether its source says that it ends.
  var isEnding: Bool {
    if case .ending = hint { true } else { false }
  }

  /// Whether it is not forgotten while it does not answer: its source knows why it does not.
  var isHeld: Bool {
    switch hint {
    case .starting, .failing: true
    case .none, .unready, .ending: false
    }
  }

  /// The state to be shown for one that probes found, with what the source has to say of it.
  func shown(_ probed: ModelState, _ cause: StateCause) -> (state: ModelState, cause: StateCause, hint: String) {
    guard hint.decides(over: probed), let said = hint.condition else { return (probed, cause, "") }
    return (said.state, said.cause, said.text)
  }

  /// Whether a stored condition is what this source says and no probe found.
  func said(_ condition: Condition) -> Bool {
    condition.cause.isLifecycle && condition.state == hint.condition?.state
  }

  private var hint: LifecycleHint {
    isDraining && lifecycle == .none ? .ending("its source says that it ends") : lifecycle
  }
}

import Catalog

/// The effect of the source's lifecycle hint on the state that probes find.
extension EngineSpec {
  /// Whether its source reports that it ends.
  var isEnding: Bool {
    if case .ending = hint { true } else { false }
  }

  /// Whether it is not forgotten while it does not answer, because its source knows the reason.
  var isHeld: Bool {
    switch hint {
    case .starting, .failing: true
    case .none, .unready, .ending: false
    }
  }

  /// The state to be shown for a state that probes found, with the source's hint where the hint decides.
  func shown(_ probed: ModelState, _ cause: StateCause) -> (state: ModelState, cause: StateCause, hint: String) {
    guard hint.decides(over: probed), let hinted = hint.condition else { return (probed, cause, "") }
    return (hinted.state, hinted.cause, hinted.text)
  }

  /// Whether a stored condition comes from this source's hint and not from a probe.
  func explains(_ condition: Condition) -> Bool {
    condition.cause.isLifecycle && condition.state == hint.condition?.state
  }

  private var hint: LifecycleHint {
    isDraining && lifecycle == .none ? .ending("its source says that it ends") : lifecycle
  }
}

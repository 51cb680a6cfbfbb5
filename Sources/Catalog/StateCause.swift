/// The cause of a state, for programs; the reason beside it is for people. The store keeps the number, so a number
/// never changes.
package enum StateCause: UInt8, Hashable, Sendable {
  /// There is nothing to explain, or the cause is unknown.
  case none = 1

  // Findings of probes.
  /// The engine sleeps, and so do its models.
  case asleep = 2
  /// The engine knows the model but has not loaded it into memory.
  case unloaded = 3
  /// The engine answers but produces no tokens.
  case frozen = 4
  case connectionRefused = 5
  case timedOut = 6
  /// The connection ended before the engine's response.
  case connectionLost = 7
  case nameNotFound = 8
  case noTLS = 9
  /// The engine does not answer, for another cause.
  case noAnswer = 10
  /// The peer that reports the engine does not answer.
  case peerUnreachable = 11
  /// The engine refuses Rollcall's key.
  case keyRefused = 12
  /// The engine's response is malformed.
  case malformed = 13
  /// The engine's own health endpoint reports that it does not serve.
  case unhealthy = 14
  /// The engine, or the model, is starting.
  case loading = 15
  /// The engine could not load the model.
  case loadFailed = 16
  /// The engine, or the model, takes no new work.
  case draining = 17
  /// The engine accepted the connection and did not answer in time.
  case unanswered = 24
  /// The engine asks to be asked later (429, or 503 with `Retry-After`).
  case notNow = 25

  // Lifecycle hints of sources.
  case starting = 18
  /// The engine was ready and is no longer.
  case notReady = 19
  case cannotStart = 20
  case evicted = 21
  case ending = 22
  case scaledToZero = 23

  /// Whether the cause is a source's lifecycle hint about an engine that is also probed.
  package var isLifecycle: Bool {
    switch self {
    case .starting, .notReady, .cannotStart, .evicted, .ending: true
    default: false
    }
  }
}

/// The texts that make the reason of an engine's condition, when it has more than a probe's finding.
package struct ReasonParts: Hashable, Sendable {
  /// The finding of a probe; empty when there is nothing to add.
  package var finding: String
  /// The cause that the probe found, which the condition does not show while a hint decides; `none` when it is unknown.
  package var findingCause: StateCause
  /// The lifecycle hint of the engine's source; empty when the reason does not show it.
  package var hint: String
  /// The trouble of this process that keeps it from probing the engine; empty when there is none.
  package var trouble: String
  /// The printed name of the source that no longer lists the engine, while the removal is pending; empty otherwise.
  package var pendingRemoval: String

  package init(
    finding: String = "", findingCause: StateCause = .none, hint: String = "", trouble: String = "",
    pendingRemoval: String = ""
  ) {
    self.finding = finding
    self.findingCause = findingCause
    self.hint = hint
    self.trouble = trouble
    self.pendingRemoval = pendingRemoval
  }

  /// Whether the reason is the finding alone.
  package var isFindingAlone: Bool { hint.isEmpty && trouble.isEmpty && pendingRemoval.isEmpty }

  /// The complete reason, for people.
  package var text: String {
    if isFindingAlone { return finding }
    let unprobed = trouble.isEmpty ? "" : "not probed: \(trouble)"
    let removal = pendingRemoval.isEmpty ? "" : "source \(pendingRemoval) no longer names it, which is not believed yet"
    return [finding, hint, unprobed, removal].filter { !$0.isEmpty }.joined(separator: "; ")
  }
}

/// Why a state is what it is, for programs; the reason beside it is for people. Stored by number, so numbers stay.
package enum StateCause: UInt8, Hashable, Sendable {
  /// There is nothing to explain, or it is not known.
  case none = 1

  // What probes find.
  /// The engine sleeps, and so do its models.
  case asleep = 2
  /// The model is known to the engine but is not in memory.
  case unloaded = 3
  /// The engine answers but produces no tokens.
  case frozen = 4
  case connectionRefused = 5
  case timedOut = 6
  /// The connection ended before an answer.
  case connectionLost = 7
  case nameNotFound = 8
  case noTLS = 9
  /// The engine does not answer, in another way.
  case noAnswer = 10
  /// The peer that tells of the engine does not answer.
  case peerUnreachable = 11
  /// The engine does not take our key.
  case keyRefused = 12
  /// The engine answers nonsense.
  case malformed = 13
  /// The engine's own health says that it does not serve.
  case unhealthy = 14
  /// The engine, or the model, is starting.
  case loading = 15
  /// The engine could not load the model.
  case loadFailed = 16
  /// The engine, or the model, takes no new work.
  case draining = 17

  // What sources say of an engine's life.
  case starting = 18
  /// It was ready and is no longer.
  case notReady = 19
  case cannotStart = 20
  case evicted = 21
  case ending = 22
  case scaledToZero = 23

  /// Whether a source said so of an engine that is probed too.
  package var isLifecycle: Bool {
    switch self {
    case .starting, .notReady, .cannotStart, .evicted, .ending: true
    default: false
    }
  }
}

/// The texts that the reason of an engine's condition is made of, where it is more than what was found.
package struct ReasonParts: Hashable, Sendable {
  /// What probes found; empty when there is nothing to add.
  package var finding: String
  /// What the engine's source says of its life; empty when that is not shown.
  package var hint: String
  /// The source that no longer names the engine, as it is printed, while that is not believed; empty otherwise.
  package var pendingRemoval: String

  package init(finding: String = "", hint: String = "", pendingRemoval: String = "") {
    self.finding = finding
    self.hint = hint
    self.pendingRemoval = pendingRemoval
  }

  /// Whether there is nothing beside what was found.
  package var isFindingAlone: Bool { hint.isEmpty && pendingRemoval.isEmpty }

  /// The reason for people.
  package var text: String {
    if isFindingAlone { return finding }
    let doubt = pendingRemoval.isEmpty ? "" : "source \(pendingRemoval) no longer names it, which is not believed yet"
    return [finding, hint, doubt].filter { !$0.isEmpty }.joined(separator: "; ")
  }
}

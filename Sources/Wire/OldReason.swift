package import Catalog

/// Reads the cause out of a reason that comes without one: a record that is older than stored causes, at its decoding, and
/// the condition that a peer reports, because the wire has no cause.
package enum OldReason {
  /// The cause and the parts that the reason of an engine's condition expresses.
  package static func read(_ condition: Condition) -> (cause: StateCause, parts: ReasonParts) {
    var (rest, source) = withoutPendingRemoval(condition.reason)
    let trouble: String
    (rest, trouble) = withoutTrouble(rest)
    var hint = ""
    if let start = hintStart(rest) {
      hint = String(rest[start...])
      rest = rest[..<start]
      if rest.hasSuffix("; ") { rest.removeLast(2) }
    }
    let cause = hint.isEmpty ? cause(condition.state, String(rest)) : lifecycle(condition.state)
    let findingCause: StateCause = rest.hasPrefix("frozen: ") ? .frozen : rest == "asleep" ? .asleep : .none
    return (
      cause,
      ReasonParts(
        finding: String(rest), findingCause: findingCause, hint: hint, trouble: trouble, pendingRemoval: source)
    )
  }

  /// The cause of a model's own condition.
  package static func cause(ofModel condition: Condition) -> StateCause {
    switch condition.state {
    case .loading: .loading
    case .cold: ["asleep", "sleeping"].contains(condition.reason) ? .asleep : .unloaded
    case .failed: .loadFailed
    case .draining: .draining
    default: .none
    }
  }

  private static func withoutPendingRemoval(_ reason: String) -> (rest: Substring, source: String) {
    let (start, end) = ("source ", " no longer names it, which is not believed yet")
    guard reason.hasSuffix(end), let range = reason.dropLast(end.count).ranges(of: start).last else {
      return (reason[...], "")
    }
    var own = reason[..<range.lowerBound]
    guard own.isEmpty || own.hasSuffix("; ") else { return (reason[...], "") }
    if !own.isEmpty { own.removeLast(2) }
    return (own, String(reason[range.upperBound...].dropLast(end.count)))
  }

  private static func withoutTrouble(_ reason: Substring) -> (rest: Substring, trouble: String) {
    let start = "not probed: "
    if reason.hasPrefix(start) { return ("", String(reason.dropFirst(start.count))) }
    guard let range = reason.ranges(of: "; " + start).last else { return (reason, "") }
    return (reason[..<range.lowerBound], String(reason[range.upperBound...]))
  }

  /// The start of the source's own text: the start of the reason, or the place after the result of probes. nil when
  /// there is none.
  private static func hintStart(_ reason: Substring) -> Substring.Index? {
    let starts = ["pod is ", "pod failed", "pod: ", "its source says that it ends"]
    if starts.contains(where: { reason.hasPrefix($0) }) { return reason.startIndex }
    return starts.compactMap { reason.firstRange(of: "; " + $0) }.map(\.lowerBound).min()
      .map { reason.index($0, offsetBy: 2) }
  }

  private static func lifecycle(_ state: ModelState) -> StateCause {
    switch state {
    case .loading: .starting
    case .failed: .cannotStart
    case .draining: .ending
    default: .none
    }
  }

  private static func cause(_ state: ModelState, _ reason: String) -> StateCause {
    switch state {
    case .unreachable where reason.hasPrefix("peer "): .peerUnreachable
    case .unreachable: silences[reason] ?? .noAnswer
    case .cold: reason == "asleep" ? .asleep : reason.hasPrefix("Deployment ") ? .scaledToZero : .unloaded
    case .loading: reason.hasPrefix("Deployment ") || reason.hasPrefix("ModelAdapter ") ? .starting : .loading
    case .draining: .draining
    case .failed where reason.hasPrefix("frozen: "): .frozen
    case .failed where reason.hasSuffix(": check the key"): .keyRefused
    case .failed where reason.hasPrefix("the answer "): .malformed
    case .failed where reason.hasPrefix("GET ") && reason.contains(": 4"): .malformed
    case .failed: .unhealthy
    default: .none
    }
  }

  private static let silences: [String: StateCause] = [
    "connection refused": .connectionRefused, "timed out": .timedOut,
    "connection closed without an answer": .connectionLost, "the host name cannot be resolved": .nameNotFound,
    "the host name is not resolved: the name server does not answer": .nameNotFound,
    "no TLS connection": .noTLS,
  ]
}

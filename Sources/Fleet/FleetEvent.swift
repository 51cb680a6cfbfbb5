import Catalog
import Logging

/// A fleet event that is logged.
enum FleetEvent: Hashable, Sendable {
  case changed(StateChange)
  /// The metrics of an engine that serves give no readings.
  case noMetrics(engineID: String, reason: String)
  /// Whether more than half of the engines are UNREACHABLE, when that changes.
  case mostlyUnreachable(Bool)
  /// A part of a source omits more than half of the engines that were known.
  case doubted(source: SourceID, before: Int, now: Int)
  /// A doubted answer has stood for long enough and is believed.
  case believedAtLast(source: SourceID)
  /// A claim whose id another engine has.
  case refused(FleetClaims.Refused)
  /// A source does not answer.
  case failed(source: SourceID, reason: String)
  /// A source answers again.
  case recovered(source: SourceID)
  /// An entry of a source, or a part of it, is left out.
  case leftOut(source: SourceID, reason: String)
  /// The first sweep went on without these sources.
  case sweepWithout([SourceID])
  /// This process cannot probe for a reason of its own.
  case notProbed(OwnFailure, engines: Int)
  /// This process probes every engine again.
  case probedAgain
  /// The first sweep ended before this number of engines was probed.
  case lateSweep(missing: Int)
}

extension Logger {
  /// One line per event. Keys of engines never get here.
  func log(_ event: FleetEvent) {
    switch event {
    case .changed(let change):
      notice(
        "engine changed",
        metadata: [
          "engine": "\(change.engineID)", "from": "\(change.from?.name ?? "UNKNOWN")",
          "to": "\(change.to?.name ?? "REMOVED")", "reason": "\(change.reason)",
        ])
    case .noMetrics(let id, let reason):
      notice("an engine has no metrics: its readings are absent", metadata: ["engine": "\(id)", "reason": "\(reason)"])
    case .mostlyUnreachable(true):
      warning("more than half of the engines are UNREACHABLE: none is forgotten until that changes")
    case .mostlyUnreachable(false):
      notice("most engines answer again")
    case .doubted(let source, let before, let now):
      warning(
        "a source omits more than half of the engines that it claimed: each counts until it was omitted for 10 minutes, or 10 s from an edited file",
        metadata: ["source": "\(source)", "before": "\(before)", "now": "\(now)"])
    case .believedAtLast(let source):
      warning("a source's smaller answer has stood for long enough: believed", metadata: ["source": "\(source)"])
    case .refused(let claim):
      warning(
        "a claim is refused: another engine has this id",
        metadata: [
          "source": "\(claim.source)", "engine": "\(claim.id)", "url": "\(claim.url)",
        ])
    case .failed(let source, let reason):
      warning(
        "a source does not answer: the engines that it named last stay",
        metadata: ["source": "\(source)", "reason": "\(reason)"])
    case .recovered(let source):
      notice("a source answers again", metadata: ["source": "\(source)"])
    case .leftOut(let source, let reason):
      warning("an entry of a source is left out", metadata: ["source": "\(source)", "reason": "\(reason)"])
    case .sweepWithout(let sources):
      warning(
        "the first list does without sources that do not answer", metadata: ["sources": "\(sources.map(\.description))"]
      )
    case .notProbed(let failure, let engines):
      error(
        "engines are not probed, for a reason of this server: they keep their states",
        metadata: ["reason": "\(failure.text)", "engines": "\(engines)"])
    case .probedAgain:
      notice("every engine is probed again")
    case .lateSweep(let missing):
      warning(
        "the first sweep takes too long: the list is served before every engine was probed",
        metadata: ["missing": "\(missing)"])
    }
  }
}

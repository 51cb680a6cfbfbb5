import Catalog
import Logging

extension Logger {
  /// One line per note. Keys of engines never get here.
  func log(_ note: FleetEvent) {
    switch note {
    case .changed(let change):
      notice(
        "engine changed",
        metadata: [
          "engine": "\(change.engineID)", "from": "\(change.from?.name ?? "UNKNOWN")",
          "to": "\(change.to?.name ?? "REMOVED")", "reason": "\(change.reason)",
        ])
    case .mostlyUnreachable(true):
      warning("more than half of the engines are UNREACHABLE: none is forgotten until that changes")
    case .mostlyUnreachable(false):
      notice("most engines answer again")
    case .doubted(let source, let before, let now):
      warning(
        "a source names less than half of the engines that it named before: not believed until it stands for 10 minutes",
        metadata: ["source": "\(source)", "before": "\(before)", "now": "\(now)"])
    case .believedAtLast(let source):
      warning("a source's smaller answer has stood for long enough: believed", metadata: ["source": "\(source)"])
    case .refused(let claim):
      warning(
        "a claim is refused: another engine has this id",
        metadata: [
          "source": "\(claim.source)", "engine": "\(claim.id)", "url": "\(claim.url)",
        ])
    case .silent(let source, let reason):
      warning("a source does not answer: what it said stays", metadata: ["source": "\(source)", "reason": "\(reason)"])
    case .heardAgain(let source):
      notice("a source answers again", metadata: ["source": "\(source)"])
    case .silentSources(let sources):
      warning("the first list does without sources that do not answer", metadata: ["sources": "\(sources)"])
    case .lateSweep(let missing):
      warning(
        "the first sweep takes too long: the list is served before every engine was asked",
        metadata: ["missing": "\(missing)"])
    }
  }
}

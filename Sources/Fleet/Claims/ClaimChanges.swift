import Catalog

/// What the claims changed about the engines. Taken in parts, in this order, so that a model which another engine takes
/// over is never without an engine in between: what is new or described anew first, what is gone last.
struct ClaimChanges: Sendable {
  /// Engines to be probed that are new or described anew.
  private(set) var probed: ArraySlice<FleetClaims.Probed>
  /// Engines that are not probed, new or reported anew.
  private(set) var unprobed: ArraySlice<FleetClaims.Unprobed>
  /// Ids of engines that are not reported any more. They may be probed now.
  private(set) var unreported: ArraySlice<String>
  /// Ids of engines that are neither probed nor reported any more.
  private(set) var gone: ArraySlice<String>
  /// Ids of stored engines that no source can claim.
  private(set) var unclaimable: ArraySlice<String>
  /// The workloads that any engine belongs to; nil: no claim has changed.
  let workloads: Set<String>?
  let summary: SourceSummary
  /// The number of engines that were not probed before.
  let addedCount: Int

  /// No change.
  init(_ summary: SourceSummary) {
    (probed, unprobed, unreported, gone, unclaimable) = ([], [], [], [], [])
    workloads = nil
    self.summary = summary
    addedCount = 0
  }

  init(from old: FleetClaims, to new: FleetClaims, unclaimable: [String], _ summary: SourceSummary) {
    self.summary = summary
    self.unclaimable = unclaimable[...]
    workloads = new.workloads
    probed = new.probed.filter { old.probed($0.spec.id) != $0 }[...]
    addedCount = probed.count { old.probed($0.spec.id) == nil }
    let before = Dictionary(old.unprobed.map { ($0.engine.facts.id, $0) }) { first, _ in first }
    let reported = Set(new.unprobed.map(\.engine.facts.id))
    unprobed = new.unprobed.filter { claim in before[claim.engine.facts.id].map { !claim.isSame(as: $0) } ?? true }[...]
    unreported = old.unprobed.map(\.engine.facts.id).filter { !reported.contains($0) }[...]
    gone = old.probed.map(\.spec.id).filter { new.probed($0) == nil && !reported.contains($0) }[...]
  }

  var isEmpty: Bool {
    probed.isEmpty && unprobed.isEmpty && unreported.isEmpty && gone.isEmpty && unclaimable.isEmpty
  }

  /// Cuts the next part off. The engines that are gone, and those of the store alone, come only after all others.
  mutating func next(_ limit: Int) -> ClaimChanges {
    var part = self
    part.probed = probed.prefix(limit)
    probed.removeFirst(part.probed.count)
    part.unprobed = probed.isEmpty ? unprobed.prefix(limit - part.probed.count) : []
    unprobed.removeFirst(part.unprobed.count)
    let isLast = probed.isEmpty && unprobed.isEmpty
    part.unreported = isLast ? unreported.prefix(limit) : []
    unreported.removeFirst(part.unreported.count)
    part.gone = isLast && unreported.isEmpty ? gone.prefix(limit) : []
    gone.removeFirst(part.gone.count)
    part.unclaimable = isLast && gone.isEmpty ? unclaimable.prefix(limit) : []
    unclaimable.removeFirst(part.unclaimable.count)
    return part
  }
}

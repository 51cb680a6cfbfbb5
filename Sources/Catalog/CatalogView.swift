/// The catalog at one moment: its parts are consistent with each other.
package struct CatalogView: Sendable {
  /// All models at the head revision.
  package internal(set) var snapshot: Snapshot
  /// The last transactions and their events, which watches resume from.
  package internal(set) var history: HistoryRing
  /// Whether clients may read the list: it is complete, or the store remembers models from an earlier run.
  package internal(set) var canList: Bool
  /// Whether the first sweep is over: the store is loaded, and every source has answered once or timed out.
  package internal(set) var isReady: Bool

  /// The public revision of the last transaction, including a transaction that changed no model.
  package var head: Int64 { snapshot.revision }
}

extension CatalogView {
  /// The revision that a client's point in time refers to; `present` as in `HistoryRing.mark(until:present:)`.
  func mark(_ point: PastPoint, present: PresentTime? = nil) throws(PastError) -> RevisionMark {
    switch point {
    case .present:
      return history.last
    case .time(let time):
      if let mark = history.mark(until: time, present: present) { return mark }
      throw .notRetained(oldest: history.floor.revision)
    case .revision(let revision):
      if let mark = history.mark(of: revision) { return mark }
      if revision > head { throw .notReached(head: head) }
      throw revision < history.floor.revision ? .notRetained(oldest: history.floor.revision) : .unknown
    }
  }

  /// All models as they were at a revision: the present snapshot with all later events undone.
  func snapshot(at revision: Int64, encoder: any ModelEncoder) throws(PastError) -> Snapshot {
    let mark = try mark(.revision(revision))
    guard mark.revision < head, let position = history.position(after: mark.revision) else { return snapshot }
    let edits = firstEvents(position..<history.end).map { event in
      ModelEdit(key: event.key, entry: event.storedBefore.map { LeafEntry($0, encoded: encoder.encode($0.model)) })
    }
    return snapshot.applying(edits.sorted { $0.key < $1.key }, revision: mark.revision, isRebuilt: true)
  }

  /// The models that differ between two moments, ordered by key.
  func difference(_ request: DifferenceCache.Request) throws(PastError) -> CatalogDifference {
    let from = try mark(request.from, present: request.present)
    let to = try mark(request.to, present: request.present)
    var difference = CatalogDifference(from: from, to: to)
    guard from.revision < to.revision, let start = history.position(after: from.revision),
      let end = history.position(after: to.revision)
    else { return difference }
    var last: [ModelKey: RingEvent] = [:]
    for position in start..<end {
      let event = history.event(at: position)
      last[event.key] = event
    }
    for first in firstEvents(start..<end) where request.namespace.map({ sameBytes($0, first.key.namespace) }) ?? true {
      func seen(_ model: Model?) -> Model? { model.flatMap { request.filter?.matches($0, .none) ?? true ? $0 : nil } }
      let model = ModelDifference(key: first.key, before: seen(first.before), after: seen(last[first.key]?.after))
      if let model { difference.models.append(model) }
    }
    difference.models.sort { $0.key < $1.key }
    return difference
  }

  /// The first event of each model in a range of positions of the history.
  private func firstEvents(_ positions: Range<Int>) -> [RingEvent] {
    var seen: Set<ModelKey> = []
    return positions.lazy.map { history.event(at: $0) }.filter { seen.insert($0.key).inserted }
  }
}

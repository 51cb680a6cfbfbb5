/// A watcher's position: first in its list, then in the history. It has no queue, so a slow watcher costs no memory.
///
/// The watcher gets nothing until clients may read the list. Without a start revision it then gets every model as ADDED
/// with revision 0, and SYNCED. With a start revision it gets the later changes and SYNCED, or RESET and a list when
/// the history no longer holds them. After that it gets every change.
///
/// When the watcher is up to date and its last SYNCED is 29 s old, it gets SYNCED as a bookmark. With a tick of one
/// second, no 30 s pass without a bookmark.
package struct WatchCursor: Sendable {
  /// How long a list may hold its snapshot, and how long a client may take nothing.
  package static let patience: Duration = .seconds(60)
  static let bookmarkInterval: Duration = .seconds(29)
  private let namespace: String?
  private let filter: Filter?
  private let sight: Sight
  private var state: State
  /// The history's epoch in which the list of the watcher was made.
  private var epoch = 0
  /// How often the watcher fell behind since its last SYNCED.
  private var falls = 0
  private var lastBookmark: ContinuousClock.Instant
  private var lastCall: ContinuousClock.Instant
  /// Whether the last step was an item, so that more may be ready.
  private var hasMore = false
  /// The cost that visits may still have in this turn, in units of `VisitCost`.
  private var budget = VisitCost.budget

  private enum State {
    case waiting(startRevision: Int64)
    case listing(List)
    /// `target` is the position before which SYNCED comes, with its revision; nil after SYNCED is sent.
    case following(position: Int, target: (position: Int, revision: Int64)?)
    case failed(WatchFailure)
  }

  /// The list that the watcher gets. It holds the list's snapshot meanwhile.
  private struct List {
    var refs: MatchingRefs
    /// The snapshot's revision, and the position of the first event after it.
    var revision: Int64
    var position: Int
    var since: ContinuousClock.Instant
  }

  /// A nil `namespace` covers all; a `startRevision` of 0 means none. `filter` must not use readings, because they
  /// change without an event.
  package init(
    namespace: String?, filter: Filter? = nil, sight: Sight, startRevision: Int64, now: ContinuousClock.Instant
  ) {
    self.namespace = namespace
    self.filter = filter
    self.sight = sight
    state = .waiting(startRevision: startRevision)
    lastBookmark = now
    lastCall = now
  }

  /// Whether the watch was not asked for 60 s although there was something to send. A client that takes nothing is not
  /// waited for so long: the transport ends its stream by the least rate of reading.
  package func isStalled(now: ContinuousClock.Instant) -> Bool {
    hasMore && now - lastCall >= Self.patience
  }

  /// The position in the history of the next event to look at; nil until clients may read the list, and after a
  /// failure.
  package var position: Int? {
    switch state {
    case .waiting, .failed: nil
    case .listing(let list): list.position
    case .following(let position, _): position
    }
  }

  /// The next step. Call it again after the client takes an item. `view` must not be older than in the call before.
  package mutating func next(_ view: CatalogView, now: ContinuousClock.Instant) -> WatchStep {
    if case .failed(let failure) = state { return .failed(failure) }
    if isStalled(now: now) { return fail(.stalled) }
    if now != lastCall { budget = VisitCost.budget }
    lastCall = now
    let step = step(view, now: now)
    switch step {
    case .item(let item):
      hasMore = true
      if item.kind == .synced { lastBookmark = now }
    case .again:
      // The stream calls again soon and takes the next item then.
      hasMore = false
      budget = VisitCost.budget
    case .wait, .failed:
      hasMore = false
    }
    return step
  }

  private mutating func step(_ view: CatalogView, now: ContinuousClock.Instant) -> WatchStep {
    switch state {
    case .failed(let failure):
      return .failed(failure)
    case .waiting(let startRevision):
      guard view.canList else { return .wait }
      if startRevision == 0 {
        startList(view, now: now)
        return step(view, now: now)
      }
      guard startRevision <= view.head, let position = view.history.resumePosition(after: startRevision) else {
        startList(view, now: now)
        return .item(WatchItem(.reset, revision: 0, resetCause: cause(ofReset: startRevision, in: view.history)))
      }
      epoch = view.history.epoch
      state = .following(position: position, target: (view.history.end, view.head))
      return step(view, now: now)
    case .listing where epoch != view.history.epoch, .following where epoch != view.history.epoch:
      startList(view, now: now)
      return .item(WatchItem(.reset, revision: 0, resetCause: .epoch))
    case .listing(var list):
      guard list.position >= view.history.start else { return fall(view, .behind, now: now) }
      guard now - list.since < Self.patience else { return fall(view, .slow, now: now) }
      let found = list.refs.next(&budget)
      state = .listing(list)
      if let found { return .item(WatchItem(listed: found)) }
      return list.refs.isAtEnd ? synced(at: list.position, revision: list.revision) : .again
    case .following(let position, let target):
      guard position >= view.history.start else { return fall(view, .behind, now: now) }
      return follow(view, from: position, target: target, now: now)
    }
  }

  private mutating func follow(
    _ view: CatalogView, from start: Int, target: (position: Int, revision: Int64)?, now: ContinuousClock.Instant
  ) -> WatchStep {
    let history = view.history
    var position = start
    while position < history.end {
      if let target, position == target.position { return synced(at: position, revision: target.revision) }
      guard budget > 0 else {
        state = .following(position: position, target: target)
        return .again
      }
      let event = history.event(at: position)
      position += 1
      budget -= cost(of: event)
      if let kind = kind(of: event) {
        state = .following(position: position, target: target)
        return .item(WatchItem(event, kind))
      }
    }
    if let target, position == target.position { return synced(at: position, revision: target.revision) }
    state = .following(position: position, target: target)
    guard now - lastBookmark >= Self.bookmarkInterval else { return .wait }
    return .item(WatchItem(.synced, revision: view.head))
  }

  private func cost(of event: RingEvent) -> Int {
    guard let filter else { return VisitCost.visit }
    return [event.storedBefore, event.storedAfter].reduce(VisitCost.visit) { cost, stored in
      cost + (stored.map(filter.cost.of) ?? 0)
    }
  }

  /// The kind that an event has for this watcher; nil when the watcher does not see it.
  private func kind(of event: RingEvent) -> EventKind? {
    if let namespace, !sameBytes(namespace, event.key.namespace) { return nil }
    guard let filter else { return event.kind }
    let before = event.storedBefore.map { $0.matches(filter, .none) } ?? false
    let after = event.storedAfter.map { $0.matches(filter, .none) } ?? false
    return switch (before, after) {
    case (false, false): nil
    case (false, true): .added
    case (true, true): .modified
    case (true, false): .removed
    }
  }

  /// Why a watch cannot go on from a revision.
  private func cause(ofReset revision: Int64, in history: HistoryRing) -> ResetCause {
    if revision < history.floor.revision { return .expired }
    return revision < history.resumeFloor ? .epoch : .unknown
  }

  private mutating func synced(at position: Int, revision: Int64) -> WatchStep {
    falls = 0
    state = .following(position: position, target: nil)
    return .item(WatchItem(.synced, revision: revision))
  }

  private mutating func startList(_ view: CatalogView, now: ContinuousClock.Instant) {
    epoch = view.history.epoch
    let refs = MatchingRefs(view.snapshot, namespace: namespace, filter: filter)
    state = .listing(List(refs: refs, revision: view.head, position: view.history.end, since: now))
  }

  /// Starts the list again with RESET, because the history dropped the next event or the list took too long. A second
  /// time before SYNCED ends the watch.
  private mutating func fall(_ view: CatalogView, _ cause: ResetCause, now: ContinuousClock.Instant) -> WatchStep {
    falls += 1
    guard falls < 2 else { return fail(.tooSlow) }
    startList(view, now: now)
    return .item(WatchItem(.reset, revision: 0, resetCause: cause))
  }

  private mutating func fail(_ failure: WatchFailure) -> WatchStep {
    state = .failed(failure)
    hasMore = false
    return .failed(failure)
  }
}

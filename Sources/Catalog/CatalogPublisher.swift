import Synchronization

/// Owns the published view of the catalog: gives it to readers, replaces it for the writer, and calls the listeners.
final class CatalogPublisher: Sendable {
  private let encoder: any ModelEncoder
  private let published: Mutex<CatalogView>
  private let uptime: Uptime
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// Starts as not ready. Clients may list a snapshot that has models at once, because the store remembers them.
  init(_ snapshot: Snapshot, _ history: HistoryRing, encoder: any ModelEncoder, uptime: @escaping Uptime) {
    self.encoder = encoder
    self.uptime = uptime
    published = Mutex(
      CatalogView(snapshot: snapshot, history: history, canList: snapshot.count > 0, isReady: false))
  }

  var view: CatalogView {
    published.withLock { $0 }
  }

  var readySnapshot: Snapshot? {
    published.withLock { $0.canList ? $0.snapshot : nil }
  }

  func markReady() {
    published.withLock { view in
      view.isReady = true
      view.canList = true
    }
    callListeners()
  }

  /// Adds a listener. The publisher holds no lock while it calls `action`.
  func onPublish(_ action: @escaping @Sendable () -> Void) {
    listeners.withLock { $0.append(action) }
  }

  /// Begins an epoch in memory with an empty transaction: every watch begins again. Only the writer calls it.
  func beginEpoch(revision: Int64, at time: Timestamp) {
    publish([], revision: revision, at: time) { $0.beginEpoch() }
  }

  /// Publishes one transaction; `changes` ascend by key, and `mark` changes the history behind it. Only the writer calls
  /// it.
  func publish(
    _ changes: [ModelChange], revision: Int64, at time: Timestamp, mark: (inout HistoryRing) -> Void = { _ in }
  ) {
    let before = view
    let snapshot = before.snapshot.applying(changes.map(\.edit), revision: revision)
    var history = before.history
    history.append(
      RevisionMark(revision: revision, time: time), uptime: uptime(),
      events: changes.events(revision, after: before.head, encoder: encoder))
    mark(&history)
    // Frees outside of the lock the parts of the old view that no reader holds.
    _ = published.withLock { view in
      let old = view
      view.snapshot = snapshot
      view.history = history
      // Until the first sweep ends, an empty list may be wrong.
      if !view.isReady { view.canList = view.canList && snapshot.count > 0 }
      return old
    }
    callListeners()
  }

  /// Drops the history that is older than the limit of age. Only the writer calls it.
  func expireHistory() {
    let uptime = uptime()
    // Frees outside of the lock the history that no reader holds.
    _ = published.withLock { view in
      let old = view.history
      view.history.expire(at: uptime)
      return old
    }
  }

  private func callListeners() {
    for action in listeners.withLock({ $0 }) {
      action()
    }
  }
}

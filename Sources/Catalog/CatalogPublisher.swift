import Synchronization

/// Owns the published view of the catalog: hands it to readers, replaces it for the one writer, and calls the listeners.
final class CatalogPublisher: Sendable {
  private let encoder: any ModelEncoder
  private let published: Mutex<CatalogView>
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// Nothing is ready yet. A snapshot that has models may be listed at once: the store remembers them.
  init(_ snapshot: Snapshot, _ history: HistoryRing, encoder: any ModelEncoder) {
    self.encoder = encoder
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

  /// No lock is held while `action` is called.
  func onPublish(_ action: @escaping @Sendable () -> Void) {
    listeners.withLock { $0.append(action) }
  }

  /// Publishes one transaction, whose changes ascend by key. Only the one writer calls it.
  func publish(_ changes: [ModelChange], revision: Int64, at time: Timestamp) {
    let before = view
    let snapshot = before.snapshot.applying(changes.map(\.edit), revision: revision)
    var history = before.history
    history.append(
      revision: revision, time: time, events: changes.events(revision, after: before.head, encoder: encoder))
    // What no reader holds of the view before is freed here, not under the lock.
    _ = published.withLock { view in
      let old = view
      view.snapshot = snapshot
      view.history = history
      // An empty list is a guess until the first sweep is over.
      if !view.isReady { view.canList = view.canList && snapshot.count > 0 }
      return old
    }
    callListeners()
  }

  /// Drops the history that is too old. Only the one writer calls it.
  func expireHistory(at now: Timestamp) {
    // What no reader holds is freed here, not under the lock.
    _ = published.withLock { view in
      let old = view.history
      view.history.expire(at: now)
      return old
    }
  }

  private func callListeners() {
    for action in listeners.withLock({ $0 }) {
      action()
    }
  }
}

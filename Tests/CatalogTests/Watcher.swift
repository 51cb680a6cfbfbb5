import Catalog
import TestKit
import Testing

/// A client of a watch that keeps a copy of the list, as every client does, and checks what it is told.
struct Watcher {
  let namespace: String?
  private(set) var copy: [ModelKey: String] = [:]
  /// What it would resume from.
  private(set) var revision: Int64 = 0
  private(set) var failure: WatchFailure?
  private var cursor: WatchCursor
  /// From SYNCED on no event may come twice; what follows a revision in the middle of others may.
  private var isStrict = false

  init(_ namespace: String?, now: ContinuousClock.Instant) {
    self.namespace = namespace
    cursor = WatchCursor(namespace: namespace, sight: .all, startRevision: 0, now: now)
  }

  /// Loses the connection and comes back.
  mutating func reconnect(from revision: Int64, isKnown: Bool = true, now: ContinuousClock.Instant) {
    if revision == 0 { copy = [:] }
    cursor = WatchCursor(namespace: namespace, sight: .all, startRevision: revision, now: now)
    // A revision that it made up is none to go back to.
    self.revision = isKnown ? revision : 0
    isStrict = revision == 0
    failure = nil
  }

  /// Comes back with a list of the past.
  mutating func reconnect(from revision: Int64, holding list: [ModelKey: String], now: ContinuousClock.Instant) {
    reconnect(from: revision, now: now)
    copy = list
    isStrict = true
  }

  /// Takes one step; whether there may be more. `lists` are the true lists by revision.
  mutating func step(
    _ view: CatalogueView, now: ContinuousClock.Instant, lists: [Int64: [ModelKey: String]]
  ) -> Bool {
    switch cursor.next(view, now: now) {
    case .wait:
      return false
    case .failed(let failure):
      self.failure = failure
      return false
    case .item(let item):
      if item.revision != 0 {
        #expect(item.revision >= revision || !isStrict)
        revision = item.revision
      }
      take(item, lists: lists)
      return true
    }
  }

  private mutating func take(_ item: WatchItem, lists: [Int64: [ModelKey: String]]) {
    switch item.kind {
    case .reset:
      copy = [:]
      revision = 0
      isStrict = true
    case .synced:
      let truth = lists[item.revision]?.filter { namespace == nil || $0.key.namespace == namespace }
      #expect(copy == truth, "the copy at SYNCED \(item.revision) is not the list")
      isStrict = true
    case .added, .modified:
      guard let model = item.model, item.key == model.key else {
        Issue.record("an item without its model")
        return
      }
      let known = copy.updateValue(PlainModelEncoder.text(model), forKey: model.key)
      if isStrict { #expect((known == nil) == (item.kind == .added)) }
      check(item, model)
    case .removed:
      guard let key = item.key else {
        Issue.record("a removal without its key")
        return
      }
      let known = copy.removeValue(forKey: key)
      if isStrict { #expect(known != nil) }
    }
    if let key = item.key { #expect(namespace == nil || key.namespace == namespace) }
  }

  private func check(_ item: WatchItem, _ model: Model) {
    let encoder = PlainModelEncoder()
    if let packed = item.packed {
      #expect(String(decoding: packed, as: UTF8.self) == PlainModelEncoder.text(model))
    } else {
      let event = encoder.encode(item.kind, encoder.encode(model), key: model.key, revision: item.revision)
      #expect(item.encoded?.framed == event.framed)
    }
  }
}

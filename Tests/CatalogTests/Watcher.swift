import Catalog
import TestKit
import Testing

/// A client of a watch that keeps a copy of the list, as every client does, and checks what it receives.
struct Watcher {
  let namespace: String?
  let filter: PlainFilter?
  private(set) var copy: [ModelKey: String] = [:]
  /// What it would resume from.
  private(set) var revision: Int64 = 0
  private(set) var failure: WatchFailure?
  private var cursor: WatchCursor
  /// From SYNCED on no event may come twice; what follows a revision in the middle of others may.
  private var isStrict = false

  init(_ namespace: String?, _ filter: PlainFilter? = nil, now: ContinuousClock.Instant) {
    self.namespace = namespace
    self.filter = filter
    cursor = WatchCursor(namespace: namespace, filter: filter?.filter, sight: .all, startRevision: 0, now: now)
  }

  /// Whether a model is part of what it watches.
  func sees(_ model: Model) -> Bool {
    (namespace == nil || model.key.namespace == namespace) && filter?.isSeen(model) ?? true
  }

  /// Loses the connection and comes back.
  mutating func reconnect(from revision: Int64, isKnown: Bool = true, now: ContinuousClock.Instant) {
    if revision == 0 { copy = [:] }
    cursor = WatchCursor(
      namespace: namespace, filter: filter?.filter, sight: .all, startRevision: revision, now: now)
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
    _ view: CatalogView, now: ContinuousClock.Instant, lists: [Int64: [ModelKey: Model]]
  ) -> Bool {
    switch cursor.next(view, now: now) {
    case .wait:
      return false
    case .again:
      return true
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

  private mutating func take(_ item: WatchItem, lists: [Int64: [ModelKey: Model]]) {
    switch item.kind {
    case .reset:
      copy = [:]
      revision = 0
      isStrict = true
    case .readings:
      Issue.record("READINGS are no event")
    case .synced:
      let truth = lists[item.revision]?.filter { sees($0.value) }.mapValues(PlainModelEncoder.text)
      #expect(copy == truth, "the copy at SYNCED \(item.revision) is not the list")
      isStrict = true
    case .added, .modified:
      guard let model = item.model, item.key == model.key else {
        Issue.record("an item without its model")
        return
      }
      let known = copy.updateValue(PlainModelEncoder.text(model), forKey: model.key)
      if isStrict { #expect((known == nil) == (item.kind == .added)) }
      #expect(sees(model))
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
      // Where the filter made it another kind, nothing is encoded yet.
      #expect(item.encoded?.framed == event.framed || (filter != nil && item.encoded == nil))
    }
  }
}

/// A filter, and what it means in plain code.
struct PlainFilter {
  let filter: Filter
  let isSeen: (Model) -> Bool

  init(_ text: String, _ isSeen: @escaping (Model) -> Bool) throws {
    filter = try Filter(text)
    self.isSeen = isSeen
  }
}

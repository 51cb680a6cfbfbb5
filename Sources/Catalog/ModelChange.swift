/// One model that differs from the one before.
struct ModelChange {
  let kind: EventKind
  let before: StoredModel?
  let edit: Edit

  /// nil when the model is as it was.
  init?(of key: ModelKey, _ model: Model?, encoder: any ModelEncoder, before: () -> StoredModel?) {
    let old = before()
    guard let model else {
      guard let old else { return nil }
      (kind, self.before, edit) = (.removed, old, Edit(key: key, entry: nil))
      return
    }
    if let old, old.model.etag == model.etag, old.model.revision == model.revision { return nil }
    kind = old == nil ? .added : .modified
    self.before = old
    edit = Edit(key: key, entry: LeafEntry(model, encoded: encoder.encode(model)))
  }
}

extension [ModelChange] {
  /// The events of one transaction. All but the last are resumed from the revision before it.
  func events(_ revision: Int64, after head: Int64, encoder: any ModelEncoder) -> [RingEvent] {
    enumerated().map { index, news in
      let resumeRevision = index == count - 1 ? revision : head
      let key = news.edit.key
      return RingEvent(
        kind: news.kind, key: key, before: news.before, after: news.edit.entry?.stored,
        encoded: encoder.encode(news.kind, news.edit.entry?.encoded, key: key, revision: resumeRevision),
        revision: revision, resumeRevision: resumeRevision)
    }
  }
}

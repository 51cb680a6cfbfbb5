/// The change of one model by a transaction.
struct ModelChange {
  let kind: EventKind
  let before: StoredModel?
  let edit: ModelEdit

  /// The change of a model; nil when the model stays the same.
  init?(of key: ModelKey, _ model: Model?, encoder: any ModelEncoder, before: () -> StoredModel?) {
    let old = before()
    guard let model else {
      guard let old else { return nil }
      (kind, self.before, edit) = (.removed, old, ModelEdit(key: key, entry: nil))
      return
    }
    if let old, old.model.etag == model.etag, old.model.revision == model.revision { return nil }
    kind = old == nil ? .added : .modified
    self.before = old
    edit = ModelEdit(key: key, entry: LeafEntry(model, encoded: encoder.encode(model)))
  }
}

extension [ModelChange] {
  /// The events of one transaction. A client that stops before the last event must resume from the revision before it.
  /// The models of a recovery have revisions up to that of the transaction, and one that has it comes last.
  func events(_ revision: Int64, after head: Int64, encoder: any ModelEncoder) -> [RingEvent] {
    var changes = self
    if let last = lastIndex(where: { $0.edit.entry?.stored.model.revision ?? revision == revision }), last < count - 1 {
      changes.append(changes.remove(at: last))
    }
    return changes.enumerated().map { index, change in
      let resumeRevision = index == count - 1 ? revision : head
      let key = change.edit.key
      return RingEvent(
        kind: change.kind, key: key, before: change.before, after: change.edit.entry?.stored,
        encoded: encoder.encode(change.kind, change.edit.entry?.encoded, key: key, revision: resumeRevision),
        revision: revision, resumeRevision: resumeRevision)
    }
  }
}

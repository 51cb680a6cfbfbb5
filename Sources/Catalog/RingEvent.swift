/// One change of one model, encoded once for every stream. Immutable and shared.
package final class RingEvent: Sendable {
  /// ADDED, MODIFIED or REMOVED.
  package let kind: EventKind
  package let key: ModelKey
  let storedBefore: StoredModel?
  let storedAfter: StoredModel?
  package let encoded: EncodedEvent
  /// The public revision of the transaction that changed the model.
  package let revision: Int64
  /// The revision that is safe to resume from: `revision` on the last event of a transaction, that of the transaction
  /// before on earlier ones.
  package let resumeRevision: Int64

  package var before: Model? { storedBefore?.model }
  package var after: Model? { storedAfter?.model }

  init(
    kind: EventKind, key: ModelKey, before: StoredModel?, after: StoredModel?, encoded: EncodedEvent, revision: Int64,
    resumeRevision: Int64
  ) {
    self.kind = kind
    self.key = key
    storedBefore = before
    storedAfter = after
    self.encoded = encoded
    self.revision = revision
    self.resumeRevision = resumeRevision
  }

  package convenience init(
    kind: EventKind, key: ModelKey, before: Model?, after: Model?, encoded: EncodedEvent, revision: Int64,
    resumeRevision: Int64
  ) {
    self.init(
      kind: kind, key: key, before: before.map { StoredModel($0) }, after: after.map { StoredModel($0) },
      encoded: encoded, revision: revision, resumeRevision: resumeRevision)
  }

  /// The memory that the event costs, roughly, in bytes. Each version of a model is counted where it is replaced: the present one
  /// belongs to the snapshot.
  var byteCount: Int {
    256 + encoded.framed.count + encoded.sse.count + (before.map(Self.byteCount) ?? 0)
  }

  /// Roughly what the value keeps in memory.
  private static func byteCount(of model: Model) -> Int {
    var bytes =
      320 + model.key.id.utf8.count + model.root.utf8.count + model.parent.utf8.count + model.ownedBy.utf8.count
    for (name, value) in model.labels {
      bytes += 64 + name.utf8.count + value.utf8.count
    }
    // Texts of replicas are shared with the facts of their engines.
    bytes += model.replicas.count * 192
    for divergence in model.divergences {
      bytes += divergence.values.reduce(64) { $0 + 64 + $1.value.utf8.count + $1.engineIDs.count * 16 }
    }
    return bytes
  }
}

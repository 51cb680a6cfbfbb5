/// One change of one model, encoded once for every stream. Immutable and shared.
package final class RingEvent: Sendable {
  /// ADDED, MODIFIED or REMOVED.
  package let kind: EventKind
  /// Namespace and id of the model that changed.
  package let key: ModelKey
  let storedBefore: StoredModel?
  let storedAfter: StoredModel?
  /// The event as every stream of view BASIC sends it.
  package let encoded: EncodedEvent
  /// The public revision of the transaction that changed the model.
  package let revision: Int64
  /// The revision that a client may safely resume from: `revision` on the last event of a transaction, else the
  /// revision of the transaction before.
  package let resumeRevision: Int64

  /// The model before the change; nil when ADDED.
  package var before: Model? { storedBefore?.model }
  /// The model after the change; nil when REMOVED.
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

  /// The memory that the event takes, in bytes; an estimate. Each version of a model counts in the event that replaces
  /// it, because the present version belongs to the snapshot.
  var byteCount: Int {
    256 + encoded.framed.count + encoded.sse.count + (before.map(Self.byteCount) ?? 0)
  }

  /// The memory that the value takes, in bytes; an estimate.
  private static func byteCount(of model: Model) -> Int {
    var bytes =
      320 + model.key.id.utf8.count + model.root.utf8.count + model.parent.utf8.count + model.ownedBy.utf8.count
    for (name, value) in model.labels {
      bytes += 64 + name.utf8.count + value.utf8.count
    }
    // Replicas share their texts with the facts of their engines.
    bytes += model.replicas.count * 192
    for divergence in model.divergences {
      bytes += divergence.values.reduce(64) { $0 + 64 + $1.value.utf8.count + $1.engineIDs.count * 16 }
    }
    return bytes
  }
}

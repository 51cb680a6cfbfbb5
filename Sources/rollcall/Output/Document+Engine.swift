internal import Catalog
internal import Wire

extension Document {
  /// An engine under the names of `rollcall.v1`, always with every field.
  init(_ engine: EngineMessage) {
    func texts(_ texts: [String]) -> Document { .list(texts.map { .text($0) }) }
    let condition = engine.condition
    self = .object([
      Field("namespace", .text(engine.namespace)),
      Field("id", .text(engine.id)),
      Field("endpoint", .textOrNull(engine.endpoint)),
      Field("kind", .textOrNull(engine.kind)),
      Field("version", .textOrNull(engine.version)),
      Field("cluster", .textOrNull(engine.cluster)),
      Field("labels", .labels(engine.labels)),
      Field("state", .textOrNull(condition?.state.name ?? "")),
      Field("state_reason", .textOrNull(condition?.reason ?? "")),
      Field("state_changed_at", .textOrNull(condition?.changedAt.rfc3339 ?? "")),
      Field("observed_at", .textOrNull(engine.observedAt?.rfc3339 ?? "")),
      Field("models", texts(engine.models)),
      Field("sources", texts(engine.sources)),
      Field("via", texts(engine.via)),
      Field("pod_uid", .textOrNull(engine.podUID)),
      Field("leases", .list(engine.leases.map { Document($0) })),
    ])
  }

  private init(_ lease: EngineLease) {
    self = .object([
      Field("lease_id", .text(lease.leaseID)),
      Field("ttl", .text(DurationText.format(lease.ttl))),
      Field("expires_at", .text(lease.expiresAt.rfc3339)),
    ])
  }
}

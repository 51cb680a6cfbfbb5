import Catalog

/// Models that use every field.
enum Samples {
  static let full = Model(
    key: ModelKey(namespace: "team-a", id: "meta-llama/Llama-3.1-8B"), kind: .adapter, state: .degraded,
    ownedBy: "vllm", created: Timestamp(microseconds: 1_735_689_600_000_250), root: "/models/llama",
    parent: "meta-llama/Llama-3", version: "2", maxModelLen: 131_072,
    labels: ["tier": "gold", "a": "1", "ä": "ü", "b": ""], readyReplicas: 1, totalReplicas: 2,
    replicas: [replica("engine-1", .ready), replica("engine-2", .unreachable, reason: "connection refused")],
    divergences: [
      Divergence(field: "max_model_len", values: [("131072", ["engine-1"]), ("8192", ["engine-2", "engine-3"])])
    ],
    etag: "0123456789abcdef", revision: 1_735_689_600_000_007)

  static let bare = Model(
    key: ModelKey(namespace: "default", id: "m"), state: .ready, created: Timestamp(microseconds: 0))

  /// Fields with what encodings trip over.
  static let hostile = Model(
    key: ModelKey(namespace: "n\"s", id: "line\nbreak\r\\ \u{1}\u{7f}\u{2028}🦙"), state: .failed,
    ownedBy: "\t", created: Timestamp(microseconds: -1), labels: ["\"": "\u{1f}"])

  static func replica(_ id: String, _ state: ModelState, reason: String = "") -> Replica {
    Replica(
      engineID: id, endpoint: "http://10.0.0.1:8000", engineKind: "vllm", engineVersion: "0.9.1", cluster: "eu",
      condition: Condition(state: state, reason: reason, changedAt: Timestamp(microseconds: 1_700_000_000_000_001)),
      maxModelLen: 8192, root: "/models/llama")
  }

  static let all = [full, bare, hostile]
}

extension Samples {
  /// With every value told, each another.
  static let readings: Readings = {
    var readings = Readings(takenAt: Timestamp(microseconds: 1_700_000_000_250_000))
    (readings.runningRequests, readings.waitingRequests, readings.kvCacheUsage) = (3, 0, 0.625)
    (readings.promptTokensPerSecond, readings.generationTokensPerSecond) = (1234.5, 98.75)
    (readings.ttftP50, readings.ttftP99, readings.itlP50, readings.itlP99) = (0.1, 0.2, 0.015, 0.03)
    (readings.e2eP50, readings.e2eP99) = (1.5, 1e-7)
    (readings.loraSlotsUsed, readings.loraSlotsTotal) = (1, 8)
    return readings
  }()

  /// With nothing told but when that was.
  static let silent = Readings(takenAt: Timestamp(microseconds: 1_700_000_001_000_000))
}

import Catalog

/// Models for tables of filters, each named by its id.
enum FilterSamples {
  static let models: [Model] = [
    Model(
      key: key("llama3:8b"), state: .ready, ownedBy: "vllm", created: moment(1_000_000), root: "/models/llama",
      version: "1", maxModelLen: 8_192, labels: ["team": "a", "tier": "gold"], readyReplicas: 2, totalReplicas: 2,
      replicas: [
        replica("http://a:8000", kind: "vllm", root: "/models/llama", maxModelLen: 8_192),
        replica("http://b:8000", kind: "vllm", root: "/models/llama", maxModelLen: 16_384),
      ],
      divergences: [
        Divergence(
          field: "max_model_len",
          values: [("8192", ["http://a:8000"]), ("16384", ["http://b:8000"])])
      ], etag: "00ff", revision: 10),
    Model(
      key: key("sim-org/model.1", "team-b"), kind: .adapter, state: .degraded, ownedBy: "ollama",
      created: moment(2_000_000),
      root: "C:\\models\\x", parent: "llama3:8b", maxModelLen: 4_096, labels: ["team": "b", "a.b/c": "x y"],
      readyReplicas: 1, totalReplicas: 2,
      replicas: [
        replica("http://b:8000", kind: "vllm", .unreachable), replica("http://c:11434", kind: "ollama"),
      ], revision: 20),
    Model(key: key("日本語"), kind: .alias, state: .cold, created: moment(-5), maxModelLen: .max, revision: .min),
    Model(
      key: key("a*b \"q\""), state: .failed, created: moment(1_795_375_058_250_000), labels: ["empty": "", "team": "A"]),
  ]

  static func replica(
    _ engineID: String, kind: String, _ state: ModelState = .ready, root: String = "", maxModelLen: Int64 = 0
  ) -> Replica {
    Replica(
      engineID: engineID, endpoint: engineID, engineKind: kind, engineVersion: "0.9", cluster: "c1",
      condition: Condition(state: state, reason: state == .ready ? "" : "no route", changedAt: moment(7_000_000)),
      maxModelLen: maxModelLen, root: root)
  }

  /// The ids of those that match, in the order above; nil knows no readings.
  static func matching(_ text: String, _ readings: ReadingsLookup = .none) throws -> [String] {
    let filter = try Filter(text)
    return models.filter { filter.matches($0, readings) }.map(\.key.id)
  }
}

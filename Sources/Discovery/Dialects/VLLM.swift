extension Dialect {
  /// vLLM (recorded: 0.32). `/health` is 503 once the engine core died, while the list still answers 200. Every alias
  /// is an entry of its own with the same `root`; an adapter has a `parent` and a null `max_model_len`.
  package static let vllm = Dialect(
    kind: .vllm,
    healthPath: "/health",
    versionPath: "/version",
    recognises: { _, list in list?.cards.first?.ownedBy == "vllm" },
    models: { list, _ throws(MalformedList) in try list.models() },
    version: VersionAnswer.read)
}

import Scrape

/// Text Embeddings Inference (read, not recorded: 1). It has one model and no list: `/info` is its list. `/health` asks
/// its backend, which computes nothing for it.
enum TEI {
  static let dialect = Dialect(
    kind: .tei,
    healthPath: "/health",
    lists: [Dialect.list(at: HuggingFaceInfo.path)],
    readsList: { answer throws(MalformedList) in try HuggingFaceInfo.list(answer) },
    parts: [HuggingFaceInfo.part],
    versionPath: HuggingFaceInfo.path,
    signs: [
      .answer(HuggingFaceInfo.path) { answer, _ in HuggingFaceInfo.read(answer)?.hasModelType ?? false },
      .answer(HuggingFaceInfo.path) { answer, _ in (HuggingFaceInfo.read(answer)?.maxInputLength ?? 0) > 0 },
    ],
    models: { HuggingFaceInfo.models($0, $1, length: \.maxInputLength) },
    version: VersionAnswer.read,
    metrics: (
      "/metrics",
      MetricTable([
        .gauge(.waitingRequests, "te_queue_size"),
        .counter(.finishedRequests, "te_request_success"),
        .histogram(.e2e, "te_request_duration"),
      ])
    ),
    proofs: ProofTask.openAI)
}

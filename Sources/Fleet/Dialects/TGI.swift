import Scrape

/// Text Generation Inference (read, not recorded: 1 to 3). It listens when the model is loaded; `/health` is 503 when
/// its shards do not answer; after a failed generation it runs one token. The list has one entry that is owned by
/// itself, and is not there in 1; `/info` has the other facts.
enum TGI {
  static let dialect = Dialect(
    kind: .tgi,
    healthPath: "/health",
    lists: [Dialect.list(at: Dialect.listPath), Dialect.list(at: HuggingFaceInfo.path)],
    readsList: { answer throws(MalformedList) in try HuggingFaceInfo.list(answer) },
    parts: [HuggingFaceInfo.part],
    versionPath: HuggingFaceInfo.path,
    signs: [
      .list { _, list in list.cards.count == 1 && list.cards[0].ownedBy == list.cards[0].id },
      .answer(HuggingFaceInfo.path) { answer, _ in (HuggingFaceInfo.read(answer)?.maxTotalTokens ?? 0) > 0 },
      .answer(HuggingFaceInfo.path) { answer, list in
        list.cards.isEmpty && HuggingFaceInfo.read(answer)?.modelID.isEmpty == false
      },
    ],
    models: { HuggingFaceInfo.models($0, $1, length: \.maxTotalTokens) },
    version: VersionAnswer.read,
    metrics: (
      "/metrics",
      MetricTable([
        .gauge(.runningRequests, "tgi_batch_current_size"),
        .gauge(.waitingRequests, "tgi_queue_size"),
        .counter(.promptTokens, "tgi_request_input_length_sum"),
        .counter(.generatedTokens, "tgi_request_generated_tokens_sum"),
        .counter(.finishedRequests, "tgi_request_success"),
        // Tokens are counted when a request ends.
        .counter(.steps, "tgi_batch_inference_count"),
        .histogram(.itl, "tgi_request_mean_time_per_token_duration"),
        .histogram(.e2e, "tgi_request_duration"),
      ])
    ),
    proofs: [.generate])
}

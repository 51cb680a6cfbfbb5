import Scrape

/// vLLM (recorded: 0.32). `/health` is 503 once the engine core died, while the list still answers 200. Every alias
/// is an entry of its own with the same `root`; an adapter has a `parent` and a null `max_model_len`. `/load` counts
/// requests where `--enable-server-load-tracking` is set, and is 0 otherwise. All of these read what the API server
/// knows, and ask the engine core nothing (recorded: they answer while the core is frozen).
enum VLLM {
  static let dialect = Dialect(
    kind: .vllm,
    healthPath: "/health",
    versionPath: "/version",
    signs: [.owner("vllm"), .fields([.maxModelLen, .permission]), .version("/version")],
    version: VersionAnswer.read,
    loadPath: "/load",
    load: { $0.decoded(ServerLoad.self)?.server_load },
    metrics: (
      "/metrics",
      MetricTable(
        Dialect.processMetrics + [
          .gauge(.runningRequests, "vllm:num_requests_running"),
          .gauge(.waitingRequests, "vllm:num_requests_waiting"),
          .gauge(.kvCacheUsage, "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"),
          .gauge(.awake, "vllm:engine_sleep_state", label: ("sleep_state", "awake")),
          .counter(.promptTokens, "vllm:prompt_tokens_total"),
          .counter(.generatedTokens, "vllm:generation_tokens_total"),
          .counter(.finishedRequests, "vllm:request_success_total"),
          .counter(.steps, "vllm:iteration_tokens_total_count"),
          .histogram(.ttft, "vllm:time_to_first_token_seconds"),
          .histogram(.itl, "vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds"),
          .histogram(.e2e, "vllm:e2e_request_latency_seconds"),
          .loraRequests("vllm:lora_requests_info"),
          .cacheConfig("vllm:cache_config_info"),
        ])
    ),
    proofs: ProofTask.openAI)

  private struct ServerLoad: Decodable {
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var server_load: Double?
  }
}

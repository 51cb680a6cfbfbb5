import Scrape

/// SGLang (read, not recorded: 0.5). Its list, `/server_info` and `/metrics` cost nothing. `/health` generates a token and looks for it once a second, so it takes a second
/// unless the engine runs with `SGLANG_ENABLE_HEALTH_ENDPOINT_GENERATION=false`. It is 503, with the same answer, while
/// the engine warms up and while it shuts down. So health is its proof of life and there is no other: its token
/// counters grow when a request ends. With `--enable-lora` adapters are listed with their parent; metrics need
/// `--enable-metrics`.
enum SGLang {
  static let dialect = Dialect(
    kind: .sglang,
    healthPath: "/health",
    versionPath: "/server_info",
    signs: [.owner("sglang"), .fields([.maxModelLen, .root]), .version("/server_info")],
    version: VersionAnswer.read,
    metrics: (
      "/metrics",
      MetricTable([
        .gauge(.runningRequests, "sglang:num_running_reqs"),
        .gauge(.waitingRequests, "sglang:num_queue_reqs"),
        .gauge(.kvCacheUsage, "sglang:token_usage"),
        .gauge(.loraSlotsUsed, "sglang:lora_pool_slots_used"),
        .gauge(.loraSlotsTotal, "sglang:lora_pool_slots_total"),
        .counter(.promptTokens, "sglang:prompt_tokens_total"),
        .counter(.generatedTokens, "sglang:generation_tokens_total"),
        .counter(.finishedRequests, "sglang:num_requests_total"),
        .histogram(.ttft, "sglang:time_to_first_token_seconds"),
        .histogram(.itl, "sglang:inter_token_latency_seconds", "sglang:time_per_output_token_seconds"),
        .histogram(.e2e, "sglang:e2e_request_latency_seconds"),
        .resource("kv_cache_tokens", "sglang:max_total_num_tokens"),
      ])
    ))
}

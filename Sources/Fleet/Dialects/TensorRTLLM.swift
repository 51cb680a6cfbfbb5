import Scrape

/// TensorRT-LLM's `trtllm-serve` (read, not recorded: 1). It listens when the model is loaded; `/health` is 503 once
/// its executor is gone. `/metrics` is JSON there; Prometheus' format is at another path, and needs
/// `return_perf_metrics`.
enum TensorRTLLM {
  static let dialect = Dialect(
    kind: .trtllm,
    healthPath: "/health",
    versionPath: "/version",
    signs: [.owner("tensorrt_llm"), .version("/version")],
    version: VersionAnswer.read,
    metrics: (
      "/prometheus/metrics",
      MetricTable([
        .gauge(.runningRequests, "trtllm_num_requests_running"),
        .gauge(.waitingRequests, "trtllm_num_requests_waiting"),
        .gauge(.kvCacheUsage, "trtllm_kv_cache_utilization"),
        .counter(.promptTokens, "trtllm_prompt_tokens_total"),
        .counter(.generatedTokens, "trtllm_generation_tokens_total"),
        .counter(.finishedRequests, "trtllm_request_success_total"),
        .histogram(.ttft, "trtllm_time_to_first_token_seconds"),
        .histogram(.itl, "trtllm_time_per_output_token_seconds"),
        .histogram(.e2e, "trtllm_e2e_request_latency_seconds"),
        .resource("vram_bytes", "trtllm_gpu_memory_usage_bytes"),
      ])
    ),
    proofs: ProofTask.openAI)
}

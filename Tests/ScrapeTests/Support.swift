import Catalog

@testable import Scrape

/// vLLM's names, as Discovery has them.
let vllm = MetricTable([
  .gauge(.runningRequests, "vllm:num_requests_running"),
  .gauge(.waitingRequests, "vllm:num_requests_waiting"),
  .gauge(.kvCacheUsage, "vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"),
  .gauge(.awake, "vllm:engine_sleep_state", label: ("sleep_state", "awake")),
  .gauge(.startTime, "process_start_time_seconds"),
  .counter(.promptTokens, "vllm:prompt_tokens_total"),
  .counter(.generatedTokens, "vllm:generation_tokens_total"),
  .counter(.finishedRequests, "vllm:request_success_total"),
  .histogram(.ttft, "vllm:time_to_first_token_seconds"),
  .histogram(.itl, "vllm:inter_token_latency_seconds", "vllm:time_per_output_token_seconds"),
  .histogram(.e2e, "vllm:e2e_request_latency_seconds"),
  .loraRequests("vllm:lora_requests_info"),
  .cacheConfig("vllm:cache_config_info"),
  .resource("resident_memory_bytes", "process_resident_memory_bytes"),
  .resource("open_files", "process_open_fds"),
  .resource("cpu_cores", "process_cpu_seconds_total", isRate: true),
])

/// Short names, for bodies that tests write themselves.
let plain = MetricTable([
  .gauge(.runningRequests, "running", "old_running", perModel: "model"),
  .gauge(.kvCacheUsage, "kv"),
  .gauge(.awake, "awake", label: ("state", "awake")),
  .gauge(.startTime, "start"),
  .counter(.generatedTokens, "tokens_total", perModel: "model"),
  .histogram(.ttft, "ttft", perModel: "model"),
  .loraRequests("lora"),
  .cacheConfig("cache"),
  .resource("files", "files"),
  .resource("cores", "cpu_total", isRate: true),
])

extension Scrape {
  init(_ body: String, _ table: MetricTable = plain) {
    self.init(Array(body.utf8), table)
  }
}

extension Timestamp {
  static let noon = Timestamp(microseconds: 1_700_000_000_000_000)
}

extension Meter {
  /// A scrape so many seconds after any other's zero.
  mutating func read(_ body: String, at seconds: Double) -> Measured {
    read(Scrape(body), at: .noon, up: .seconds(seconds))
  }
}

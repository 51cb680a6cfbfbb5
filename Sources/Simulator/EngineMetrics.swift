internal import NIOCore

/// The answer to `GET /metrics`: the metric families of vLLM that show load, under vLLM's names and labels.
struct EngineMetrics {
  let mode: EngineMode
  let traffic: Traffic
  let models: LoadedModels
  /// Filler series at the end; see `metricsPadding`.
  let padding: ByteBuffer

  /// Makes the answer. `now`: Unix seconds.
  func answer(now: Double) -> SimulatedAnswer {
    let asleep = mode == .asleep
    let reading = traffic.reading(in: mode)
    var text = MetricsText(model: models.bases.first?.id ?? "")
    addProcess(to: &text)
    text.gauge("vllm:num_requests_running", "Number of requests in model execution batches.", reading.running)
    text.gauge("vllm:num_requests_waiting", "Number of requests waiting to be processed.", reading.waiting)
    text.family("vllm:engine_sleep_state", "gauge", "Engine sleep state; awake = 0 means engine is sleeping.")
    for (state, value) in [("awake", !asleep), ("weights_offloaded", asleep), ("discard_all", false)] {
      text.sample("vllm:engine_sleep_state", [("sleep_state", state)], value ? 1 : 0)
    }
    text.gauge("vllm:kv_cache_usage_perc", "KV-cache usage. 1 means 100 percent usage.", reading.cacheUsage)
    text.counter("vllm:prompt_tokens_total", "Number of prefill tokens processed.", Double(reading.promptTokens))
    text.counter(
      "vllm:generation_tokens_total", "Number of generation tokens processed.", Double(reading.generatedTokens))
    text.family("vllm:request_success_total", "counter", "Count of successfully processed requests.")
    for reason in ["stop", "length", "abort", "error", "repetition"] {
      let count = reason == "stop" ? reading.requests : 0
      text.sample("vllm:request_success_total", [("finished_reason", reason)], Double(count))
    }
    text.histogram(
      "vllm:time_to_first_token_seconds", "Histogram of time to first token in seconds.",
      bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
      median: 0.05 + reading.waiting * 0.05, count: reading.requests)
    text.histogram(
      "vllm:inter_token_latency_seconds", "Histogram of inter-token latency in seconds.",
      bounds: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5],
      median: 0.012, count: reading.generatedTokens)
    text.histogram(
      "vllm:e2e_request_latency_seconds", "Histogram of e2e request latency in seconds.",
      bounds: [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120],
      median: 1.2, count: reading.requests)
    addAdapters(to: &text, now: now)
    text.family("vllm:cache_config_info", "gauge", "Information of the LLMEngine CacheConfig")
    text.plain(
      "vllm:cache_config_info", [("block_size", "16"), ("engine", "0"), ("num_gpu_blocks", "8192")], 1)
    var answer = SimulatedAnswer.text(text.text, contentType: "text/plain; version=1.0.0; charset=utf-8")
    answer.body.writeImmutableBuffer(padding)
    return answer
  }

  private func addProcess(to text: inout MetricsText) {
    text.family("process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds.")
    text.plain("process_start_time_seconds", [], traffic.startedAt)
    text.family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.")
    text.plain("process_resident_memory_bytes", [], 654_163_968)
    text.family("process_open_fds", "gauge", "Number of open file descriptors.")
    text.plain("process_open_fds", [], 46)
    text.family("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds.")
    text.plain("process_cpu_seconds_total", [], traffic.computeSeconds)
    text.family(
      "http_requests_total", "counter", "Total number of requests by method, status and handler.")
    for (path, classes) in traffic.answers.sorted(by: { $0.key < $1.key }) {
      for (code, count) in classes.sorted(by: { $0.key < $1.key }) {
        text.plain("http_requests_total", [("handler", path), ("status", "\(code)xx")], Double(count))
      }
    }
  }

  /// Adds the adapters' info series. As in vLLM, its value is the time, and it lists only adapters with requests.
  private func addAdapters(to text: inout MetricsText, now: Double) {
    let names = models.adapters.map(\.id)
    guard !names.isEmpty else { return }
    text.family("vllm:lora_requests_info", "gauge", "Running stats on lora requests.")
    let busy = names.filter { _ in mode.isComputing }.prefix(2).joined(separator: ",")
    text.plain(
      "vllm:lora_requests_info",
      [("max_lora", String(max(4, names.count))), ("running_lora_adapters", busy), ("waiting_lora_adapters", "")],
      now)
  }
}

/// Filler series that say nothing about load, as web frameworks add them by the hundred; a reader has to skip them.
/// Empty when `bytes` is 0.
func metricsPadding(bytes: Int) -> ByteBuffer {
  var buffer = ByteBuffer()
  guard bytes > 0 else { return buffer }
  let name = "http_request_duration_seconds"
  buffer.writeString("# HELP \(name) Duration of HTTP requests in seconds\n# TYPE \(name) histogram\n")
  var handler = 0
  while buffer.readableBytes < bytes {
    for bound in ["0.1", "0.5", "1.0", "+Inf"] {
      let labels = #"{handler="/v1/path/\#(handler)",le="\#(bound)",method="POST"}"#
      buffer.writeString("\(name)_bucket\(labels) 15.0\n")
    }
    handler += 1
  }
  return buffer
}

import Scrape

/// Metrics as engines write them, of so many bytes at least.
struct Body {
  let table: MetricTable
  let bytes: [UInt8]

  /// Of which 12 lines matter: gauges, counters and the process, among the histograms of a busy HTTP server.
  static func few(_ size: Int) -> Body {
    let labels = #"{engine="0",model_name="organisation/model-7b"}"#
    var text = ""
    for (index, name) in wanted.enumerated() {
      text += family(name, "gauge") + "\(name)\(name.hasPrefix("process") ? "" : labels) \(index * 1_000).5\n"
      text += fill(size / wanted.count, index)
    }
    while text.utf8.count < size { text += histogram("http_request_duration_seconds", #"handler="/v1/end""#) }
    return Body(table: MetricTable(metrics), bytes: Array(text.utf8))
  }

  /// As vLLM's: the three histograms that are read are there too, 80 lines that matter in each 100 KB.
  static func vllm(_ size: Int) -> Body {
    let timings = [
      "vllm:time_to_first_token_seconds", "vllm:inter_token_latency_seconds", "vllm:e2e_request_latency_seconds",
    ]
    let few = few(size - 10_000)
    let text = timings.map { histogram($0, #"engine="0",model_name="organisation/model-7b""#) }.joined()
    let table = MetricTable(
      metrics + [.histogram(.ttft, timings[0]), .histogram(.itl, timings[1]), .histogram(.e2e, timings[2])])
    return Body(table: table, bytes: few.bytes + Array(text.utf8))
  }

  private static let metrics: [Metric] = [
    .gauge(.runningRequests, "vllm:num_requests_running"), .gauge(.waitingRequests, "vllm:num_requests_waiting"),
    .gauge(.kvCacheUsage, "vllm:kv_cache_usage_perc"), .counter(.promptTokens, "vllm:prompt_tokens_total"),
    .counter(.generatedTokens, "vllm:generation_tokens_total"),
    .counter(.finishedRequests, "vllm:request_success_total"), .gauge(.awake, "vllm:engine_sleep_state"),
    .loraRequests("vllm:lora_requests_info"), .gauge(.startTime, "process_start_time_seconds"),
    .resource("resident_memory_bytes", "process_resident_memory_bytes"),
    .resource("open_files", "process_open_fds"), .resource("cpu_cores", "process_cpu_seconds_total", isRate: true),
  ]
  private static let wanted = [
    "vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:kv_cache_usage_perc", "vllm:prompt_tokens_total",
    "vllm:generation_tokens_total", "vllm:request_success_total", "vllm:engine_sleep_state", "vllm:lora_requests_info",
    "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total",
  ]

  private static func fill(_ size: Int, _ index: Int) -> String {
    var text = ""
    var handler = 0
    while text.utf8.count < size {
      handler += 1
      text += histogram("http_request_duration_seconds", #"handler="/v1/route-\#(index)-\#(handler)",method="POST""#)
      text += histogram("vllm:request_prefill_time_seconds", #"engine="\#(handler)",model_name="organisation/model""#)
      text += family("vllm:num_requests_waiting_by_reason", "gauge")
      text += #"vllm:num_requests_waiting_by_reason{engine="\#(handler)",reason="capacity"} 4.0"# + "\n"
    }
    return text
  }

  private static func family(_ name: String, _ kind: String) -> String {
    "# HELP \(name) What it is, in a sentence of some length.\n# TYPE \(name) \(kind)\n"
  }

  private static func histogram(_ name: String, _ labels: String) -> String {
    let bounds = [
      "0.001", "0.005", "0.01", "0.02", "0.04", "0.06", "0.08", "0.1", "0.25", "0.5", "0.75", "1.0", "2.5", "5.0",
      "7.5", "10.0", "20.0", "40.0", "80.0", "160.0", "640.0", "2560.0", "+Inf",
    ]
    var text = family(name, "histogram")
    for (index, bound) in bounds.enumerated() {
      text += "\(name)_bucket{\(labels),le=\"\(bound)\"} \(index * 97).0\n"
    }
    return text + "\(name)_count{\(labels)} 2134.0\n\(name)_sum{\(labels)} 1.7953543504754193e+03\n"
  }
}

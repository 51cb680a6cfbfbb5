import HTTP
import Scrape

/// Parts that several dialects share.
extension Dialect {
  /// The process metrics of Prometheus' client for Python.
  static let processMetrics: [Metric] = [
    .gauge(.startTime, "process_start_time_seconds"),
    .resource("resident_memory_bytes", "process_resident_memory_bytes"),
    .resource("open_files", "process_open_fds"),
    .resource("cpu_cores", "process_cpu_seconds_total", isRate: true),
  ]

  /// A request for one token by OpenAI's completions API, which takes chat models as well.
  static let completion: @Sendable (_ modelID: String) -> EngineRequest = { modelID in
    var body = Array(#"{"model":"#.utf8)
    JSONText.append(modelID, to: &body)
    body.append(contentsOf: #","prompt":"1","max_tokens":1,"temperature":0}"#.utf8)
    return EngineRequest("/v1/completions", body: String(decoding: body, as: UTF8.self))
  }
}

import Scrape

/// Metrics that several engines share.
extension Dialect {
  /// The process metrics of Prometheus' client for Python.
  static let processMetrics: [Metric] = [
    .gauge(.startTime, "process_start_time_seconds"),
    .resource("resident_memory_bytes", "process_resident_memory_bytes"),
    .resource("open_files", "process_open_fds"),
    .resource("cpu_cores", "process_cpu_seconds_total", isRate: true),
  ]
}

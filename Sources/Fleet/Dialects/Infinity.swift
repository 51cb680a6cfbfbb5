import Scrape

/// Infinity, a server of embeddings (recorded: 0.0.78). Its list is at `/models` unless it runs with `--url-prefix /v1`.
/// `/health` is the time.
enum Infinity {
  static let dialect = Dialect(
    kind: .infinity,
    healthPath: "/health",
    lists: [Dialect.listPath, "/models"].map(Dialect.list(at:)),
    signs: [.owner("infinity"), .fields([.stats, .capabilities])],
    metrics: ("/metrics", MetricTable(Dialect.processMetrics)),
    proofs: ProofTask.openAI)
}

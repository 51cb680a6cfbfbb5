import Catalog
import FoundationEssentials
import Scrape

/// LMDeploy (read, not recorded). It lists adapters as if they were bases, and reports neither its version nor a
/// context length. A `status` of `sleeping` in the answer of `/health` means that the whole engine is asleep. Metrics
/// need `--enable-metrics`.
enum LMDeploy {
  static let dialect = Dialect(
    kind: .lmdeploy,
    healthPath: healthPath,
    signs: [.owner("lmdeploy"), .fields([.permission, .root])],
    models: { list, results in
      let health = results[healthPath]?.response?.decoded(Health.self)
      return list.models().map { model in
        var model = model
        if health?.status == "sleeping" { model.become(.cold, cause: .asleep, "asleep") }
        return model
      }
    },
    metrics: (
      "/metrics",
      MetricTable(
        Dialect.processMetrics + [
          .gauge(.runningRequests, "lmdeploy:num_requests_running"),
          .gauge(.waitingRequests, "lmdeploy:num_requests_waiting"),
          .gauge(.kvCacheUsage, "lmdeploy:gpu_cache_usage_perc"),
          .counter(.promptTokens, "lmdeploy:prompt_tokens_total"),
          .counter(.generatedTokens, "lmdeploy:generation_tokens_total"),
          .histogram(.ttft, "lmdeploy:time_to_first_token_seconds"),
          .histogram(.itl, "lmdeploy:iter_token_latency", "lmdeploy:time_per_output_token_seconds"),
          .histogram(.e2e, "lmdeploy:e2e_request_latency_seconds"),
        ])
    ),
    proofs: ProofTask.openAI)

  private static let healthPath = "/health"

  private struct Health: Decodable {
    var status: String?
  }
}

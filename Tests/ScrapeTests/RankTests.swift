import Catalog
import Testing

@testable import Scrape

/// Series of the ranks of one engine: copies of one quantity, or parts of it.
struct RankTests {
  @Test(arguments: [
    "tp_rank", "pp_rank", "cp_rank", "ep_rank", "moe_ep_rank", "moe_tp_rank", "attn_tp_rank", "attn_cp_rank", "sp_rank",
    "pcp_rank", "dcp_rank", "tensor_parallel_rank", "expert_parallel_rank",
  ])
  func `ranks that work on the same requests are copies, of which the largest counts`(_ label: String) {
    let scrape = Scrape(
      """
      running{\(label)="0",model="m"} 5
      tokens_total{\(label)="0",model="m"} 100
      files{\(label)="0"} 7
      kv{\(label)="0"} 0.5
      running{\(label)="1",model="m"} 4
      tokens_total{\(label)="1",model="m"} 90
      files{\(label)="1"} 7
      kv{\(label)="1"} 0.25
      """)
    #expect(scrape.gauges == [.runningRequests: 5, .kvCacheUsage: 0.5])
    #expect(scrape.counters == [.generatedTokens: 100] && scrape.resources == ["files": 7])
    #expect(scrape.models["m"]?.gauges == [.runningRequests: 5])
    #expect(scrape.models["m"]?.counters == [.generatedTokens: 100])
  }

  @Test(arguments: [
    "dp_rank", "moe_dp_rank", "attn_dp_rank", "data_parallel_rank", "engine", "rank", "worker_rank", "p_rank", "_rank",
    "http_rank", "tp_ranks", "tp", "tp_rank_", "TP_rank",
  ])
  func `data-parallel ranks and unknown labels are parts, which add up`(_ label: String) {
    let scrape = Scrape(
      "running{\(label)=\"0\"} 5\nrunning{\(label)=\"1\"} 4\nkv{\(label)=\"0\"} 0.5\nkv{\(label)=\"1\"} 0.75")
    #expect(scrape.gauges == [.runningRequests: 9, .kvCacheUsage: 0.75])
  }

  /// SGLang with data-parallel attention: eight processes, of which two each work on the same requests.
  @Test func `of parts that have copies each, the largest copies add up`() {
    let lines = (0..<8).map { rank in
      """
      running{dp_rank="\(rank / 2)",tp_rank="\(rank)"} \(rank / 2 + 1)
      tokens_total{tp_rank="\(rank)",dp_rank="\(rank / 2)"} \(rank % 2 == 0 ? 10 : 9)
      """
    }
    let scrape = Scrape(lines.joined(separator: "\n"))
    #expect(scrape.gauges == [.runningRequests: 1 + 2 + 3 + 4] && scrape.counters == [.generatedTokens: 40])
  }

  @Test func `an engine is awake only when every copy is`() {
    let body = #"""
      awake{state="awake",tp_rank="0"} 1
      awake{state="awake",tp_rank="1"} 0
      """#
    #expect(Scrape(body).gauges == [.awake: 0])
  }

  @Test(arguments: ["NaN", "-1", "+Inf"])
  func `an unknown copy beside a known one does not count, and an unknown part does`(_ value: String) {
    #expect(Scrape("running{tp_rank=\"0\"} \(value)\nrunning{tp_rank=\"1\"} 5").gauges == [.runningRequests: 5])
    #expect(Scrape("running{tp_rank=\"0\"} 5\nrunning{tp_rank=\"1\"} \(value)").gauges == [.runningRequests: 5])
    #expect(Scrape("running{tp_rank=\"0\"} \(value)\nrunning{tp_rank=\"1\"} \(value)").gauges.isEmpty)
    #expect(Scrape("running{dp_rank=\"0\"} \(value)\nrunning{dp_rank=\"1\"} 5").gauges.isEmpty)
  }

  @Test func `rates are those of the largest copy`() {
    var meter = Meter()
    func body(_ first: Int, _ second: Int) -> String {
      "tokens_total{tp_rank=\"0\"} \(first)\ntokens_total{tp_rank=\"1\"} \(second)\ncpu_total{pp_rank=\"0\"} \(first)"
    }
    _ = meter.read(body(100, 100), at: 0)
    let next = meter.read(body(200, 190), at: 10)
    #expect(next.load.readings?.generationTokensPerSecond == 10 && next.hasProgressed && !next.isRestarted)
    #expect(next.load.resources["cores"] == 10)
    // The other copy is ahead now.
    let last = meter.read(body(290, 300), at: 20)
    #expect(last.load.readings?.generationTokensPerSecond == 10 && !last.isRestarted)
  }

  @Test func `a histogram of copies has the observations of one, and of parts those of all`() throws {
    func body(_ label: String, _ counts: [(Int, Int)]) -> String {
      counts.enumerated().map { rank, counts in
        """
        ttft_bucket{\(label)="\(rank)",le="1"} \(counts.0)
        ttft_bucket{\(label)="\(rank)",le="+Inf"} \(counts.1)
        """
      }.joined(separator: "\n")
    }
    let copies = Scrape(body("tp_rank", [(1, 4), (2, 3)])).engine.histograms[.ttft]?.values.map(\.counts)
    #expect(copies == [[2, 4]])
    let parts = Scrape(body("dp_rank", [(1, 4), (2, 3)])).engine.histograms[.ttft]?.values.map(\.counts)
    #expect(parts.map { Set($0) } == [[1, 4], [2, 3]])
  }
}

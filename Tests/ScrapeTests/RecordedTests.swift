import Catalog
import Testing

@testable import Scrape

/// What real engines wrote, and what is to be read from it.
struct RecordedTests {
  static let idle = Scrape(body(PackageResources.vllm_metrics_0_idle_http), vllm)
  static let busy = Scrape(body(PackageResources.vllm_metrics_2_busy_http), vllm)

  /// Without the head of the answer.
  static func body(_ answer: [UInt8]) -> [UInt8] {
    let end = answer.indices.first { answer[$0...].starts(with: Array("\r\n\r\n".utf8)) }
    return Array(answer.dropFirst((end ?? 0) + 4))
  }

  @Test func `a busy vLLM reports its running and waiting requests, its cache, its adapters and its process`() {
    #expect(
      Self.busy.gauges == [
        .runningRequests: 8, .waitingRequests: 4, .kvCacheUsage: 0.002441704309608106, .awake: 1,
        .startTime: 1.79535420285e+09, .loraSlotsUsed: 1, .loraSlotsTotal: 2,
      ])
    #expect(Self.busy.counters == [.promptTokens: 64, .generatedTokens: 2270, .finishedRequests: 15])
    #expect(
      Self.busy.resources == [
        "kv_cache_tokens": 1_048_576, "resident_memory_bytes": 654_163_968, "open_files": 46,
      ])
    #expect(Self.busy.engine.rateSeries["cpu_cores"]?.total == 28.23)
    #expect(Self.busy.models.isEmpty)
  }

  @Test func `an idle vLLM reports zeros, and no running adapter before the first request for it`() {
    #expect(
      Self.idle.gauges == [
        .runningRequests: 0, .waitingRequests: 0, .kvCacheUsage: 0, .awake: 1, .startTime: 1.79535368008e+09,
      ])
    #expect(Self.idle.counters == [.promptTokens: 0, .generatedTokens: 0, .finishedRequests: 0])
    #expect(Self.idle.resources["kv_cache_tokens"] == 2_097_152)
  }

  /// The two recordings are of two processes, so all that the second counts is growth.
  @Test func `rates and quantiles between the two recordings are those computed by hand`() throws {
    var meter = Meter()
    let first = meter.read(Self.idle, at: .noon, up: .seconds(100))
    #expect(first.load.readings?.ttftP50 == nil && first.load.readings?.generationTokensPerSecond == nil)
    #expect(!first.hasProgressed && !first.isRestarted && first.isAsleep == false && first.inFlight == 0)

    let second = meter.read(Self.busy, at: .noon + .seconds(10), up: .seconds(110))
    #expect(second.hasProgressed && second.isRestarted && second.inFlight == 12)
    let readings = try #require(second.load.readings)
    #expect(readings.takenAt == .noon + .seconds(10))
    #expect(readings.promptTokensPerSecond == 6.4 && readings.generationTokensPerSecond == 227)
    #expect(readings.runningRequests == 8 && readings.waitingRequests == 4)
    // 23 first tokens: 3 within 10 ms, 13 within 20 ms; 22 within 60 ms, 23 within 80 ms.
    #expect(near(readings.ttftP50, 0.01 + 0.01 * (11.5 - 3) / 10))
    #expect(near(readings.ttftP99, 0.06 + 0.02 * (22.77 - 22) / 1))
    // 2247 tokens: 982 within 10 ms, 2229 within 25 ms.
    #expect(near(readings.itlP50, 0.01 + 0.015 * (1123.5 - 982) / 1247))
    #expect(near(readings.itlP99, 0.01 + 0.015 * (2224.53 - 982) / 1247))
    // 15 answers, all within the first bucket of 300 ms.
    #expect(near(readings.e2eP50, 0.15) && near(readings.e2eP99, 0.297))
    #expect(near(second.load.resources["cpu_cores"], 2.823))
  }

  private func near(_ value: Double?, _ expected: Double) -> Bool {
    value.map { abs($0 - expected) < 1e-9 } ?? false
  }

  @Test func `llama.cpp's counters grow from one recording to the next`() {
    let table = MetricTable([
      .gauge(.runningRequests, "llamacpp:requests_processing"), .gauge(.waitingRequests, "llamacpp:requests_deferred"),
      .counter(.promptTokens, "llamacpp:prompt_tokens_total"),
      .counter(.generatedTokens, "llamacpp:tokens_predicted_total"),
    ])
    let before = Scrape(Self.body(PackageResources.llamacpp_metrics_http), table)
    let after = Scrape(Self.body(PackageResources.llamacpp_metrics_after_http), table)
    #expect(before.gauges == [.runningRequests: 0, .waitingRequests: 0])
    #expect(after.counters == [.promptTokens: 9, .generatedTokens: 60])
    var meter = Meter()
    _ = meter.read(before, at: .noon, up: .seconds(0))
    let measured = meter.read(after, at: .noon, up: .seconds(4))
    #expect(measured.load.readings?.promptTokensPerSecond == 2.25)
    #expect(measured.load.readings?.generationTokensPerSecond == 15)
    #expect(measured.hasProgressed && !measured.isRestarted && measured.isAsleep == nil)
  }

  @Test(arguments: [3, 17, 1_000, 40_000, 58_000])
  func `a recording that ends early gives complete values or nothing`(_ length: Int) {
    let body = Self.body(PackageResources.vllm_metrics_2_busy_http)
    let cut = Scrape(Array(body.prefix(length)), vllm)
    for (gauge, value) in cut.gauges where gauge != .loraSlotsUsed { #expect(value == Self.busy.gauges[gauge]) }
  }
}

import Catalog
import Foundation
import Scrape
import Testing

@testable import Fleet

/// The metrics of real servers as they were recorded, with the values that a person read in them.
@Suite("Recorded metrics")
struct RecordedMetricsTests {
  private static let vllm = answer("vllm-cpu.http")
  private static let withKey = answer("vllm-apikey-missing.http")
  private static let pooling = answer("vllm-pooling.http")
  private static let mock = answer("aibrix-mock.http")
  private static let infinity = answer("infinity.http")
  private static let xinference = answer("xinference.http")
  private static let triton = answer("triton.http")
  private static let llamacpp = answer("llamacpp-b10434.http")
  private static let router = answer("llamacpp-router.http")
  private static let keyless = answer("litellm-no-key.http")
  private static let ranks = EngineResponse(200, String(decoding: file("tensor-parallel.prom"), as: UTF8.self))

  private static func answer(_ name: String) -> EngineResponse { Recorded.answer(file(name)) }

  private static func file(_ name: String) -> [UInt8] {
    let url = Bundle.module.bundleURL.appending(path: "Recordings/metrics/\(name)")
    return (try? Data(contentsOf: url)).map(Array.init) ?? []
  }

  private func scrape(_ answer: EngineResponse, _ kind: EngineKind) throws -> Scrape {
    Scrape(answer.body.span, try #require(kind.dialect.metrics?.table))
  }

  private func load(_ answer: EngineResponse, _ kind: EngineKind) throws -> EngineLoad {
    var meter = Meter()
    return meter.read(try scrape(answer, kind), at: Timestamp(microseconds: 0), up: .zero).load
  }

  @Test(
    arguments: zip(
      [vllm, withKey],
      [(1.79594880867e9, 725_028_864.0), (1.79594998039e9, 720_076_800)]))
  func `an idle vLLM`(answer: EngineResponse, process: (start: Double, memory: Double)) throws {
    let scrape = try scrape(answer, .vllm)
    #expect(
      scrape.gauges == [
        .runningRequests: 0, .waitingRequests: 0, .kvCacheUsage: 0, .awake: 1, .startTime: process.start,
      ])
    #expect(scrape.counters == [.promptTokens: 0, .generatedTokens: 0, .finishedRequests: 0, .steps: 0])
    #expect(
      scrape.resources == [
        "kv_cache_tokens": 1_048_576, "process_resident_memory_bytes": process.memory, "process_open_files": 34,
        "resident_memory_bytes": process.memory, "open_files": 34,
      ])
    #expect(scrape.models.isEmpty)
  }

  @Test func `a vLLM that embedded one token`() throws {
    let scrape = try scrape(Self.pooling, .vllm)
    #expect(
      scrape.gauges == [
        .runningRequests: 0, .waitingRequests: 0, .kvCacheUsage: 0, .awake: 1, .startTime: 1.79595097392e9,
      ])
    #expect(scrape.counters == [.promptTokens: 1, .generatedTokens: 0, .finishedRequests: 1, .steps: 1])
    #expect(scrape.resources["process_resident_memory_bytes"] == 714_330_112)
  }

  /// It has every series twice, for a base and for an adapter, and a percentage where its help text promises a ratio.
  @Test func `AIBrix' mock of vLLM`() throws {
    let scrape = try scrape(Self.mock, .vllm)
    #expect(
      scrape.gauges == [
        .runningRequests: 188, .waitingRequests: 160, .kvCacheUsage: 94, .loraSlotsUsed: 1, .loraSlotsTotal: 1,
      ])
    #expect(
      scrape.counters == [.promptTokens: 128_400, .generatedTokens: 44_600, .finishedRequests: 200, .steps: 14])
    #expect(scrape.resources.isEmpty)
    #expect(try load(Self.mock, .vllm).readings?.kvCacheUsage == 0.94)
  }

  @Test func `eight tensor-parallel ranks of SGLang`() throws {
    let load = try load(Self.ranks, .sglang)
    #expect(load.readings?.runningRequests == 5)
    #expect(load.resources == ["kv_cache_tokens": 100_000])
  }

  /// A router's metrics of one model, and those of an embedding server behind a prefix, are the same byte for byte.
  @Test func `an idle llama.cpp`() throws {
    let scrape = try scrape(Self.llamacpp, .llamacpp)
    #expect(scrape.gauges == [.runningRequests: 0, .waitingRequests: 0])
    #expect(scrape.counters == [.promptTokens: 0, .generatedTokens: 0, .steps: 0])
  }

  /// On its port of metrics. The model that never loaded has failures alone.
  @Test func `an idle Triton with two models, of which one has two versions`() throws {
    let scrape = try scrape(Self.triton, .triton)
    #expect(scrape.gauges == [.waitingRequests: 0] && scrape.counters == [.finishedRequests: 0])
    #expect(scrape.models.keys.sorted() == ["echo", "twover"])
    #expect(scrape.models.values.allSatisfy { $0.gauges == [.waitingRequests: 0] })
    #expect(scrape.models.values.allSatisfy { $0.counters == [.finishedRequests: 0] })
  }

  @Test func `the process of Infinity`() throws {
    let scrape = try scrape(Self.infinity, .infinity)
    #expect(scrape.gauges == [.startTime: 1.79594894571e9])
    #expect(scrape.resources["process_resident_memory_bytes"] == 597_393_408)
    #expect(scrape.resources["process_open_files"] == 21)
  }

  @Test(arguments: [xinference, router, keyless, EngineResponse(404, #"{"detail":"Not Found"}"#)])
  func `an answer without known metrics gives nothing`(answer: EngineResponse) throws {
    for kind in EngineKind.allCases where kind.dialect.metrics != nil {
      #expect(try scrape(answer, kind).isEmpty)
    }
  }

  @Test(
    arguments: [
      (.status(404), "GET http://engine:8000/metrics: 404"), (.status(501), "GET http://engine:8000/metrics: 501"),
      (.status(401), "GET http://engine:8000/metrics: 401: no key was given"),
      (.status(403), "GET http://engine:8000/metrics: 403: no key was given"),
      (.status(307), "GET http://engine:8000/metrics: 307"), (.status(500), "GET http://engine:8000/metrics: 500"),
      (.response(xinference), "GET http://engine:8000/metrics: no metric of vllm"),
      (.ok("<html>"), "GET http://engine:8000/metrics: no metric of vllm"),
      (.failure(.tooLarge(limit: 8 << 20)), "GET http://engine:8000/metrics: the answer is larger than 8388608 bytes"),
      (.failure(.timedOut), nil), (.failure(.closed), nil), (.response(vllm), nil),
      (.ok("vllm:num_requests_running 0"), nil),
    ] as [(ExchangeResult, String?)])
  func `the reason why readings are absent is told`(result: ExchangeResult, reason: String?) async throws {
    var replies = WorkTests.vllm
    replies["/metrics"] = result
    #expect(try await ScriptedExchange(replies).report?.metricsProblem == reason)
    #expect(try await ScriptedExchange(kind: .openai, replies).report?.metricsProblem == nil)
  }

  @Test func `each reason why readings are absent is news once`() throws {
    var work = WorkMemory()
    let spec = try EngineSpec(url: "http://engine:8000")
    let problems: [String?] = ["404", "404", nil, "404", "401", "404", "401", nil]
    let news = problems.enumerated().map { second, problem in
      var report = EngineReport(kind: .vllm, models: [])
      report.metricsProblem = problem
      _ = work.read(report, spec, at: Moment(wall: Timestamp(microseconds: 0), up: .seconds(second)))
      return work.takeMetricsProblem()
    }
    #expect(news == ["404", nil, nil, nil, "401", nil, nil, nil])
  }
}

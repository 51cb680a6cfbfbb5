import Catalog
import Foundation
import Testing
import Wire

@Suite struct ReadingsEncodingTests {
  private let moment = Timestamp(microseconds: 1_700_000_000_500_000)

  /// What the engines of `Samples.full` tell: the first everything, the second, which does not answer, the same and 8
  /// running requests.
  private func reading(_ engine: String) -> EngineReading? {
    var readings = Samples.readings
    if engine == "engine-2" { readings.runningRequests = 8 }
    let load = EngineLoad(
      readings: Samples.silent, resources: ["resident_memory_bytes": 5e9, "open_files": 0],
      models: [ByteString(Samples.full.key.id): ModelLoad(readings: readings, resources: ["vram_bytes": 2.5])])
    return EngineReading(observedAt: moment, load: load)
  }

  @Test func `readings on the wire are decoded as they were encoded, 0 as 0, of each replica and of the model`() throws
  {
    let message = try ModelMessage.decode(FullEncoder().encode(Samples.full, reading: reading)[...])
    #expect(message.model == Samples.full)
    #expect(message.readings == Samples.readings)
    var other = Samples.readings
    other.runningRequests = 8
    let resources = ["resident_memory_bytes": 5e9, "open_files": 0, "vram_bytes": 2.5]
    #expect(
      message.replicas == [
        "engine-1": ReplicaReading(observedAt: moment, readings: Samples.readings, resources: resources),
        "engine-2": ReplicaReading(observedAt: moment, readings: other, resources: resources),
      ])
  }

  @Test func `readings on the wire are absent, not 0, where an engine does not report them`() throws {
    let load = EngineLoad(readings: Samples.silent)
    let packed = FullEncoder().encode(Samples.full) { _ in EngineReading(observedAt: moment, load: load) }
    let message = try ModelMessage.decode(packed[...])
    #expect(message.readings == Samples.silent)
    #expect(message.readings?.waitingRequests == nil)
    #expect(message.replicas["engine-1"]?.resources == [:])
    let silent = FullEncoder().encode(Samples.full) { _ in EngineReading(observedAt: moment) }
    #expect(try ModelMessage.decode(silent[...]).readings == nil)
  }

  @Test func `readings on the wire have the proto's names in JSON, null for absent ones, and RFC 3339 times`()
    throws
  {
    let json = fullJSON(Samples.full, reading: reading)
    let entry = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    let expected: [String: Any] = [
      "taken_at": "2023-11-14T22:13:20.250000Z", "running_requests": 3, "waiting_requests": 0, "kv_cache_usage": 0.625,
      "prompt_tokens_per_second": 1234.5, "generation_tokens_per_second": 98.75, "ttft_p50": 0.1, "ttft_p99": 0.2,
      "itl_p50": 0.015, "itl_p99": 0.03, "e2e_p50": 1.5, "e2e_p99": 1e-7, "lora_slots_used": 1, "lora_slots_total": 8,
    ]
    let merged = try #require(entry["readings"] as? [String: Any])
    #expect(NSDictionary(dictionary: merged) == NSDictionary(dictionary: expected))
    let replica = try #require((entry["replicas"] as? [[String: Any]])?.last)
    #expect((replica["readings"] as? [String: Any])?["running_requests"] as? Double == 8)
    #expect(replica["observed_at"] as? String == "2023-11-14T22:13:20.500000Z")
    #expect(
      replica["resources"] as? [String: Double] == ["resident_memory_bytes": 5e9, "open_files": 0, "vram_bytes": 2.5])
    let silent = fullJSON(Samples.full) { _ in
      EngineReading(observedAt: moment, load: EngineLoad(readings: Samples.silent))
    }
    let told = try #require(try JSONSerialization.jsonObject(with: Data(silent)) as? [String: Any])
    let readings = try #require(told["readings"] as? [String: Any])
    #expect(readings.count == 14)
    #expect(readings["waiting_requests"] is NSNull)
    #expect(readings["taken_at"] as? String == "2023-11-14T22:13:21.000000Z")
  }

  @Test(
    arguments: [0, -0.0, 1e300, 2.5e-308, 1e16, 123_456_789.125, .infinity, .nan])
  func `a number of readings is valid JSON, whatever its value`(_ number: Double) throws {
    var readings = Samples.silent
    readings.ttftP50 = number
    let json = fullJSON(Samples.full) { _ in EngineReading(observedAt: moment, load: EngineLoad(readings: readings)) }
    let entry = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    let told = (entry["readings"] as? [String: Any])?["ttft_p50"] as? Double
    #expect(told == (number.isFinite ? number : nil))
  }
}

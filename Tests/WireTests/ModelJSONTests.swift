import Catalog
import Foundation
import Testing
import Wire

@Suite struct ModelJSONTests {
  private func parsed(_ json: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
  }

  @Test func `a model's JSON has the fields of OpenAI's clients and Rollcall's own`() throws {
    let entry = try parsed(WireModelEncoder().encode(Samples.full).json)
    let expected: [String: Any] = [
      "id": "meta-llama/Llama-3.1-8B", "object": "model", "created": 1_735_689_600, "owned_by": "vllm",
      "root": "/models/llama", "parent": "meta-llama/Llama-3", "max_model_len": 131_072, "context_length": 131_072,
      "meta": ["n_ctx": 131_072], "display_name": "meta-llama/Llama-3.1-8B", "namespace": "team-a", "kind": "ADAPTER",
      "state": "DEGRADED",
      "version": "2", "labels": ["tier": "gold", "a": "1", "ä": "ü", "b": ""], "ready_replicas": 1,
      "total_replicas": 2, "etag": "0123456789abcdef",
      "divergences": [
        [
          "field": "max_model_len",
          "values": [
            ["value": "131072", "engine_ids": ["engine-1"]],
            ["value": "8192", "engine_ids": ["engine-2", "engine-3"]],
          ],
        ]
      ],
    ]
    #expect(NSDictionary(dictionary: entry) == NSDictionary(dictionary: expected))
  }

  @Test func `a model's JSON has null for an unknown value and nothing for absent divergences`() throws {
    let entry = try parsed(WireModelEncoder().encode(Samples.bare).json)
    for name in ["parent", "max_model_len", "context_length"] { #expect(entry[name] is NSNull, "\(name)") }
    #expect(entry["divergences"] == nil && entry["meta"] == nil)
    #expect(entry["replicas"] == nil)
    #expect(entry["labels"] as? [String: String] == [:])
    #expect(entry["created"] as? Int == 0)
  }

  @Test func `a model's JSON does not change with the revision`() {
    var later = Samples.full
    later.revision += 1
    #expect(WireModelEncoder().encode(later).json == WireModelEncoder().encode(Samples.full).json)
  }

  @Test func `a model's JSON escapes only the characters that need it`() throws {
    let json = WireModelEncoder().encode(Samples.hostile).json
    #expect(json.allSatisfy { $0 >= 0x20 })
    let entry = try parsed(json)
    #expect(entry["id"] as? String == Samples.hostile.key.id)
    #expect(entry["namespace"] as? String == Samples.hostile.key.namespace)
    #expect(entry["labels"] as? [String: String] == Samples.hostile.labels)
    #expect(entry["created"] as? Int == -1)
  }

  @Test(arguments: 0..<0x30 as Range<UInt32>)
  func `a model's JSON escapes every control character so that any parser reads it back`(_ scalar: UInt32) throws {
    var model = Samples.bare
    model.ownedBy = try "<\(#require(Unicode.Scalar(scalar)))>"
    #expect(try parsed(WireModelEncoder().encode(model).json)["owned_by"] as? String == model.ownedBy)
  }

  @Test func `a model's JSON has replicas with their times in view FULL`() throws {
    let json = fullJSON(Samples.full) {
      $0 == "engine-1" ? EngineReading(observedAt: Timestamp(microseconds: 1_700_000_000_500_000)) : nil
    }
    let replicas = try #require(try parsed(json)["replicas"] as? [[String: Any]])
    let expected: [String: Any] = [
      "engine_id": "engine-1", "endpoint": "http://10.0.0.1:8000", "engine_kind": "vllm", "engine_version": "0.9.1",
      "cluster": "eu", "state": "READY", "state_reason": "", "state_changed_at": "2023-11-14T22:13:20.000001Z",
      "observed_at": "2023-11-14T22:13:20.500000Z", "max_model_len": 8192, "root": "/models/llama",
      "readings": NSNull(), "resources": [String: Any](),
    ]
    #expect(replicas.count == 2)
    #expect(NSDictionary(dictionary: replicas[0]) == NSDictionary(dictionary: expected))
    #expect(replicas[1]["observed_at"] is NSNull)
    #expect(replicas[1]["state_reason"] as? String == "connection refused")
  }
}

import Catalog
import Foundation
import Testing
import Wire

@Suite struct EntryShapeTests {
  private func parsed(_ json: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
  }

  @Test(arguments: [EntryShape.openAI, .anthropic, .codex])
  func `each shape of an entry has the context length and a display name, and is one line of JSON`(_ shape: EntryShape)
    throws
  {
    for model in Samples.all {
      let json = shape.json(model)
      #expect(json.allSatisfy { $0 >= 0x20 })
      let entry = try parsed(json)
      #expect(entry["display_name"] as? String == model.key.id)
      #expect(entry["context_length"] as? Int == (model.maxModelLen > 0 ? Int(model.maxModelLen) : nil))
      var later = model
      later.revision += 1
      #expect(shape.json(later) == json)
    }
  }

  @Test func `OpenAI's entry is the one that the snapshot holds`() {
    #expect(EntryShape.openAI.json(Samples.full) == WireModelEncoder().encode(Samples.full).json)
  }

  @Test func `Anthropic's entry has the members of its Models API`() throws {
    let expected: [String: Any] = [
      "type": "model", "id": "meta-llama/Llama-3.1-8B", "display_name": "meta-llama/Llama-3.1-8B",
      "created_at": "2025-01-01T00:00:00.000250Z", "max_input_tokens": 131_072, "max_tokens": NSNull(),
      "lifecycle": "active",
      "capabilities": NSNull(), "context_length": 131_072,
    ]
    let entry = try parsed(EntryShape.anthropic.json(Samples.full))
    #expect(NSDictionary(dictionary: entry) == NSDictionary(dictionary: expected))
    #expect(try parsed(EntryShape.anthropic.json(Samples.bare))["max_input_tokens"] is NSNull)
  }

  /// Members without a default in one version of Codex or another, with a value that all of them take.
  @Test func `Codex's entry has every member that Codex requires`() throws {
    let entry = try parsed(EntryShape.codex.json(Samples.full))
    #expect(entry["slug"] as? String == "meta-llama/Llama-3.1-8B")
    #expect(entry["context_window"] as? Int == 131_072)
    for name in ["description", "availability_nux", "upgrade", "default_verbosity", "apply_patch_tool_type"] {
      #expect(entry[name] is NSNull, "\(name)")
    }
    for name in ["supported_reasoning_levels", "service_tiers", "experimental_supported_tools"] {
      #expect((entry[name] as? [Any])?.isEmpty == true, "\(name)")
    }
    for name in ["support_verbosity", "supports_reasoning_summaries", "supports_parallel_tool_calls"] {
      #expect(entry[name] as? Bool == false, "\(name)")
    }
    #expect(entry["supported_in_api"] as? Bool == true)
    #expect(entry["shell_type"] as? String == "unified_exec")
    #expect(entry["visibility"] as? String == "list")
    #expect(entry["priority"] as? Int == 0)
    #expect(entry["input_modalities"] as? [String] == ["text"])
    let truncation = try #require(entry["truncation_policy"] as? [String: Any])
    #expect(truncation["mode"] as? String == "bytes")
    #expect(truncation["limit"] as? Int == 10_000)
    let instructions = try #require(entry["base_instructions"] as? String)
    #expect(!instructions.isEmpty)
    #expect((entry["model_messages"] as? [String: String])?["instructions_template"] == instructions)
    #expect(try parsed(EntryShape.codex.json(Samples.bare))["context_window"] is NSNull)
  }

  @Test func `Ollama's entries have the members that its clients require, and state nothing that is unknown`() throws {
    let digest = try #require(try parsed(EntryShape.ollama.json(Samples.full))["digest"] as? String)
    let details: [String: Any] = [
      "parent_model": "meta-llama/Llama-3", "format": "", "family": "", "families": [Any](), "parameter_size": "",
      "quantization_level": "",
    ]
    let common: [String: Any] = [
      "name": "meta-llama/Llama-3.1-8B", "model": "meta-llama/Llama-3.1-8B", "size": 0, "digest": digest,
      "details": details,
    ]
    let tag = common.merging(["modified_at": "2025-01-01T00:00:00.000250Z"]) { $1 }
    #expect(try NSDictionary(dictionary: parsed(EntryShape.ollama.json(Samples.full))) == NSDictionary(dictionary: tag))
    let running = common.merging(["expires_at": NSNull(), "size_vram": 0, "context_length": 131_072]) { $1 }
    #expect(
      try NSDictionary(dictionary: parsed(EntryShape.ollamaRunning.json(Samples.full)))
        == NSDictionary(dictionary: running))
    #expect(try parsed(EntryShape.ollamaRunning.json(Samples.bare))["context_length"] == nil)
    let shown = try parsed(ollamaShowJSON(Samples.full))
    #expect(Set(shown.keys) == ["details", "model_info", "modified_at"])
    let info = try #require(shown["model_info"] as? [String: Any])
    let architecture = try #require(info["general.architecture"] as? String)
    #expect(info[architecture + ".context_length"] as? Int == 131_072)
    #expect((try parsed(ollamaShowJSON(Samples.bare))["model_info"] as? [String: Any])?.count == 2)
  }

  @Test func `a digest of Ollama's shape is 64 digits that follow the model and not its state`() throws {
    func digest(_ change: (inout Model) -> Void = { _ in }) throws -> String {
      var model = Samples.full
      change(&model)
      return try #require(try parsed(EntryShape.ollama.json(model))["digest"] as? String)
    }
    let digits = try digest()
    #expect(digits.utf8.count == 64 && digits.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
    #expect(digits.prefix(32) != digits.suffix(32))
    #expect(try digest { ($0.state, $0.readyReplicas, $0.labels) = (.cold, 0, [:]) } == digits)
    let others = try [
      digest { $0.key.namespace = "b" }, digest { $0.key.id = "b" }, digest { $0.root = "b" },
      digest { $0.parent = "b" }, digest { $0.version = "3" }, digest { ($0.root, $0.parent) = ($0.parent, $0.root) },
    ]
    #expect(Set(others + [digits]).count == 7)
  }

  @Test func `LM Studio's entry follows the state and names only formats that are known`() throws {
    var model = Samples.full
    model.replicas = [Samples.replica("e", .ready)]
    model.replicas[0].engineKind = "vllm"
    model.state = .ready
    let expected: [String: Any] = [
      "id": "meta-llama/Llama-3.1-8B", "object": "model", "type": "llm", "publisher": "vllm", "state": "loaded",
      "max_context_length": 131_072, "loaded_context_length": 131_072,
    ]
    #expect(try NSDictionary(dictionary: parsed(EntryShape.lmStudio.json(model))) == NSDictionary(dictionary: expected))
    model.replicas[0].engineKind = "llamacpp"
    #expect(try parsed(EntryShape.lmStudio.json(model))["compatibility_type"] as? String == "gguf")
    let states: [(ModelState, String)] = [
      (.degraded, "loaded"), (.draining, "loaded"), (.loading, "loading"), (.cold, "not-loaded"),
      (.unreachable, "not-loaded"), (.failed, "not-loaded"),
    ]
    for (state, name) in states {
      model.state = state
      let entry = try parsed(EntryShape.lmStudio.json(model))
      #expect(entry["state"] as? String == name)
      #expect(entry["loaded_context_length"] as? Int == (name == "loaded" ? 131_072 : nil))
    }
    #expect(try parsed(EntryShape.lmStudio.json(Samples.bare))["max_context_length"] == nil)
  }

  @Test(arguments: EntryShape.allCases)
  func `an entry of any shape is one line of JSON, whatever its texts are`(_ shape: EntryShape) throws {
    for model in Samples.all {
      let json = shape.json(model)
      #expect(json.allSatisfy { $0 >= 0x20 })
      _ = try parsed(json)
    }
  }

  @Test(arguments: EntryShape.allCases)
  func `view FULL adds replicas to any shape, a portion at a time`(_ shape: EntryShape) throws {
    for count in [0, 1, 15, 16, 17, 5000] {
      var model = Samples.full
      model.replicas = (0..<count).map { Samples.replica("engine-\($0)", .ready) }
      var entry = FullEntry(model, basic: shape.json(model)[...]) { _ in nil }
      var bytes = [UInt8]()
      var longest = 0
      while true {
        let before = bytes.count
        let more = entry.append(to: &bytes)
        longest = max(longest, bytes.count - before)
        if !more { break }
      }
      var members = try parsed(bytes)
      let replicas = try #require(members.removeValue(forKey: "replicas") as? [[String: Any]])
      #expect(members.removeValue(forKey: "readings") is NSNull)
      #expect(replicas.compactMap { $0["engine_id"] as? String } == model.replicas.map(\.engineID))
      #expect(NSDictionary(dictionary: members) == NSDictionary(dictionary: try parsed(shape.json(model))))
      #expect(longest < 10_000)
    }
  }
}

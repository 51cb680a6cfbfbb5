internal import FoundationEssentials
internal import NIOHTTP1

/// The models that a simulated engine serves: the models of its start, and LoRA adapters that are loaded while it runs.
struct LoadedModels {
  private let initial: [SimulatedModel]
  /// Base models first, then adapters in the order in which they were loaded.
  private(set) var all: [SimulatedModel]

  private struct AdapterRequest: Decodable {
    var lora_name: String?
    var lora_path: String?
    var load_inplace: Bool?
  }

  /// `initial`: the models that the engine serves at its start.
  init(_ initial: [SimulatedModel]) {
    self.initial = initial
    all = initial
  }

  var bases: [SimulatedModel] { all.filter { $0.parent == nil } }
  var adapters: [SimulatedModel] { all.filter { $0.parent != nil } }

  /// Returns to the models of the start: a new process does not know the adapters that the old process loaded.
  mutating func restart() {
    all = initial
  }

  /// Answers `POST /v1/load_lora_adapter`. A path that contains `missing` holds no adapter.
  mutating func load(_ body: [UInt8]) -> SimulatedAnswer {
    guard let request = try? JSONDecoder().decode(AdapterRequest.self, from: Data(body)) else { return .malformedBody }
    guard let name = request.lora_name, let path = request.lora_path, !name.isEmpty, !path.isEmpty else {
      return .error(.badRequest, type: "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be provided.")
    }
    let inPlace = request.load_inplace ?? false
    if !inPlace, adapters.contains(where: { $0.id == name }) {
      return .error(
        .badRequest, type: "InvalidUserInput",
        "The lora adapter '\(name)' has already been loaded. If you want to load the adapter in place, "
          + "set 'load_inplace' to True.")
    }
    if path.contains("missing") {
      return .error(.notFound, type: "NotFoundError", "Loading lora \(name) failed: No adapter found for \(path)")
    }
    all.removeAll { $0.id == name && $0.parent != nil }
    all.append(SimulatedModel(id: name, root: path, parent: bases.first?.id ?? ""))
    return .text("Success: LoRA adapter '\(name)' added successfully.")
  }

  /// Answers `POST /v1/unload_lora_adapter`.
  mutating func unload(_ body: [UInt8]) -> SimulatedAnswer {
    guard let request = try? JSONDecoder().decode(AdapterRequest.self, from: Data(body)) else { return .malformedBody }
    guard let name = request.lora_name, !name.isEmpty else {
      return .error(
        .badRequest, type: "InvalidUserInput", "'lora_name' needs to be provided to unload a LoRA adapter.")
    }
    guard adapters.contains(where: { $0.id == name }) else {
      return .error(.notFound, type: "NotFoundError", "The lora adapter '\(name)' cannot be found.")
    }
    all.removeAll { $0.id == name && $0.parent != nil }
    return .text("Success: LoRA adapter '\(name)' removed successfully.")
  }

  /// The body of `GET /v1/models`. `created`: the time of this request in Unix seconds, as vLLM answers.
  func list(created: Int) -> String {
    let entries = all.map { entry(of: $0, created: created) }
    return #"{"object":"list","data":[\#(entries.joined(separator: ","))]}"#
  }

  private func entry(of model: SimulatedModel, created: Int) -> String {
    let length = model.maxModelLen.map(String.init) ?? "null"
    let permission = """
      {"id":"modelperm-\(randomHex(16))","object":"model_permission","created":\(created),\
      "allow_create_engine":false,"allow_sampling":true,"allow_logprobs":true,"allow_search_indices":false,\
      "allow_view":true,"allow_fine_tuning":false,"organization":"*","group":null,"is_blocking":false}
      """
    return """
      {"id":\(quoted(model.id)),"object":"model","created":\(created),"owned_by":"vllm",\
      "root":\(quoted(model.root)),"parent":\(quoted(model.parent)),"max_model_len":\(length),\
      "permission":[\(permission)]}
      """
  }
}

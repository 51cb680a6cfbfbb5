internal import FoundationEssentials
internal import NIOHTTP1

/// Loading and unloading LoRA adapters while the engine runs.
extension EngineState {
  private struct AdapterRequest: Decodable {
    var lora_name: String?
    var lora_path: String?
    var load_inplace: Bool?
  }

  /// `POST /v1/load_lora_adapter`. A path that contains `missing` has no adapter.
  mutating func loadAdapter(_ body: [UInt8]) -> Answer {
    guard let asked = try? JSONDecoder().decode(AdapterRequest.self, from: Data(body)) else { return .malformedBody }
    guard let name = asked.lora_name, let path = asked.lora_path, !name.isEmpty, !path.isEmpty else {
      return .error(.badRequest, type: "InvalidUserInput", "Both 'lora_name' and 'lora_path' must be provided.")
    }
    let inPlace = asked.load_inplace ?? false
    if !inPlace, adapters.contains(where: { $0.id == name }) {
      return .error(
        .badRequest, type: "InvalidUserInput",
        "The lora adapter '\(name)' has already been loaded. If you want to load the adapter in place, "
          + "set 'load_inplace' to True.")
    }
    if path.contains("missing") {
      return .error(.notFound, type: "NotFoundError", "Loading lora \(name) failed: No adapter found for \(path)")
    }
    models.removeAll { $0.id == name && $0.parent != nil }
    models.append(SimulatedModel(id: name, root: path, parent: bases.first?.id ?? ""))
    return .text("Success: LoRA adapter '\(name)' added successfully.")
  }

  /// `POST /v1/unload_lora_adapter`.
  mutating func unloadAdapter(_ body: [UInt8]) -> Answer {
    guard let asked = try? JSONDecoder().decode(AdapterRequest.self, from: Data(body)) else { return .malformedBody }
    guard let name = asked.lora_name, !name.isEmpty else {
      return .error(
        .badRequest, type: "InvalidUserInput", "'lora_name' needs to be provided to unload a LoRA adapter.")
    }
    guard adapters.contains(where: { $0.id == name }) else {
      return .error(.notFound, type: "NotFoundError", "The lora adapter '\(name)' cannot be found.")
    }
    models.removeAll { $0.id == name && $0.parent != nil }
    return .text("Success: LoRA adapter '\(name)' removed successfully.")
  }
}

extension Answer {
  /// The body is no JSON of the shape that is asked for.
  static var malformedBody: Answer {
    .error(.badRequest, type: "Bad Request", "The request body is not the JSON object that this path takes.")
  }
}

import Catalog

/// A model as LM Studio's `/api/v0/models` writes it (lmstudio.ai/docs/developer/rest/endpoints).
///
/// The API has no value for a type that is unknown, and clients drop entries without one: every model is an `llm`. The
/// architecture and the quantization are left out, and so is the format unless a replica's engine loads one format alone.
func lmStudioJSON(_ model: Model) -> [UInt8] {
  let isLoaded = [.ready, .degraded, .draining].contains(model.state)
  var json = JSONWriter(capacity: 256)
  json.object { json in
    json.member("id", model.key.id)
    json.member("object", "model")
    json.member("type", "llm")
    json.member("publisher", model.ownedBy)
    if model.replicas.contains(where: { ["llamacpp", "ollama"].contains($0.engineKind) }) {
      json.member("compatibility_type", "gguf")
    }
    json.member("state", isLoaded ? "loaded" : model.state == .loading ? "loading" : "not-loaded")
    guard model.maxModelLen > 0 else { return }
    json.member("max_context_length", model.maxModelLen)
    if isLoaded { json.member("loaded_context_length", model.maxModelLen) }
  }
  return json.bytes
}

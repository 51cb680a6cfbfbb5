package import Catalog

/// The JSON shape of a model as an entry of a list; each kind of client reads its own shape.
package enum EntryShape: Hashable, Sendable, CaseIterable {
  /// The shape of OpenAI's API with Rollcall's own members: `/v1/models` unless the client asks for another.
  case openAI
  /// The shape of Anthropic's Models API.
  case anthropic
  /// The shape of the list that Codex reads.
  case codex
  /// The shape of Ollama's list of models, `/api/tags`.
  case ollama
  /// The shape of Ollama's list of the models in memory, `/api/ps`.
  case ollamaRunning
  /// The shape of LM Studio's `/api/v0/models`.
  case lmStudio

  /// The entry in view BASIC; equal facts have equal bytes. It has no revision: strong tags hash the entry, and they
  /// must be the same after a restart and on every replica of Rollcall.
  package func json(_ model: Model) -> [UInt8] {
    switch self {
    case .openAI: basicJSON(model)
    case .anthropic: anthropicJSON(model)
    case .codex: codexJSON(model)
    case .ollama: ollamaJSON(model)
    case .ollamaRunning: ollamaRunningJSON(model)
    case .lmStudio: lmStudioJSON(model)
    }
  }
}

/// A model as Anthropic's Models API writes it (https://platform.claude.com/docs/en/api/models), and its context
/// length. A member that is unknown is null where the API allows that.
func anthropicJSON(_ model: Model) -> [UInt8] {
  let contextLength = model.maxModelLen > 0 ? model.maxModelLen : nil
  var json = JSONWriter(capacity: 256)
  json.object { json in
    json.member("type", "model")
    json.member("id", model.key.id)
    json.member("display_name", model.key.id)
    json.member("created_at", model.created.rfc3339)
    // Every listed model can be used, and newer clients demand this member.
    json.member("lifecycle", "active")
    json.member("max_input_tokens", contextLength)
    json.key("max_tokens")
    json.null()
    json.key("capabilities")
    json.null()
    json.member("context_length", contextLength)
  }
  return json.bytes
}

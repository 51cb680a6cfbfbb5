package import Catalog

/// How a model is written as an entry of a list, for the kinds of clients that there are.
package enum EntryShape: Hashable, Sendable, CaseIterable {
  /// OpenAI's, with Rollcall's own members: `/v1/models` unless something else is asked for.
  case openAI
  /// Of the Models API of Anthropic.
  case anthropic
  /// Of the list that Codex reads.
  case codex

  /// The entry in view BASIC; equal facts have equal bytes. Without a revision: it is hashed into strong tags that must be
  /// the same after a restart and on every replica of Rollcall.
  package func json(_ model: Model) -> [UInt8] {
    switch self {
    case .openAI: basicJSON(model)
    case .anthropic: anthropicJSON(model)
    case .codex: codexJSON(model)
    }
  }
}

/// A model as Anthropic's Models API has it (https://platform.claude.com/docs/en/api/models), and its context length.
/// Unknown members that the API lets be null are null.
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

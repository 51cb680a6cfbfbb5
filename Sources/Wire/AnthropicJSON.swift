import Catalog

/// A model as Anthropic's Models API has it (https://platform.claude.com/docs/en/api/models), and its context length.
/// What Rollcall does not know, and that API lets be null, is null.
func anthropicJSON(_ model: Model) -> [UInt8] {
  let contextLength = model.maxModelLen > 0 ? model.maxModelLen : nil
  var json = JSONWriter(capacity: 256)
  json.object { json in
    json.member("type", "model")
    json.member("id", model.key.id)
    json.member("display_name", model.key.id)
    json.member("created_at", model.created.rfc3339)
    // What is listed can be used, and newer clients demand to be told.
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

package import Catalog

/// A model as Ollama's `/api/tags` writes it (ollama/docs/api.md, List Local Models).
///
/// Members that Rollcall cannot know are empty, and a size is 0: Ollama's clients demand them.
func ollamaJSON(_ model: Model) -> [UInt8] {
  var json = JSONWriter(capacity: 512)
  json.object { json in
    identity(model, &json)
    json.member("modified_at", model.created.rfc3339)
    json.member("size", Int64(0))
    json.member("digest", digest(model))
    details(model, &json)
  }
  return json.bytes
}

/// A model as Ollama's `/api/ps` writes it (ollama/docs/api.md, List Running Models). When an engine unloads it is
/// unknown: `expires_at` is null.
func ollamaRunningJSON(_ model: Model) -> [UInt8] {
  var json = JSONWriter(capacity: 512)
  json.object { json in
    identity(model, &json)
    json.member("size", Int64(0))
    json.member("digest", digest(model))
    details(model, &json)
    json.key("expires_at")
    json.null()
    json.member("size_vram", Int64(0))
    if model.maxModelLen > 0 { json.member("context_length", model.maxModelLen) }
  }
  return json.bytes
}

/// A model as Ollama's `/api/show` answers (ollama/docs/api.md, Show Model Information).
///
/// There are no `capabilities`: a list would deny every capability that it leaves out. A client finds the context length
/// under the name of the architecture, which is unknown.
package func ollamaShowJSON(_ model: Model) -> [UInt8] {
  var json = JSONWriter(capacity: 512)
  json.object { json in
    details(model, &json)
    json.key("model_info")
    json.object { json in
      json.member("general.architecture", "unknown")
      json.member("general.name", model.key.id)
      if model.maxModelLen > 0 { json.member("unknown.context_length", model.maxModelLen) }
    }
    json.member("modified_at", model.created.rfc3339)
  }
  return json.bytes
}

private func identity(_ model: Model, _ json: inout JSONWriter) {
  json.member("name", model.key.id)
  json.member("model", model.key.id)
}

private func details(_ model: Model, _ json: inout JSONWriter) {
  json.key("details")
  json.object { json in
    json.member("parent_model", model.parent)
    for name in ["format", "family"] { json.member(name, "") }
    json.key("families")
    json.array { _ in }
    for name in ["parameter_size", "quantization_level"] { json.member(name, "") }
  }
}

/// 64 hexadecimal digits that stay the same while the model is the same: a hash of its namespace, id, root, parent and
/// version. It does not depend on states, and it is no hash of weights, which Rollcall never sees.
private func digest(_ model: Model) -> String {
  var bytes = [UInt8]()
  for text in [model.key.namespace, model.key.id, model.root, model.parent, model.version] {
    bytes.append(contentsOf: text.utf8)
    // A zero byte is in no name.
    bytes.append(0)
  }
  return ContentHash(of: bytes).hex + ContentHash(of: [1] + bytes).hex
}

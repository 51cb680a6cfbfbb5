package import Catalog

/// A model as an entry of `/v1/models` in view FULL: the basic entry, `replicas` and `readings`, with times in RFC
/// 3339.
///
/// `reading` returns an engine's latest reading by the engine's id.
package func fullJSON(_ model: Model, reading: @escaping (String) -> EngineReading?) -> [UInt8] {
  var entry = FullEntry(model, basic: basicJSON(model)[...], reading: reading)
  var bytes = [UInt8]()
  while entry.append(to: &bytes) {}
  return bytes
}

/// A model as an entry of `/v1/models`: the members of OpenAI's API, then Rollcall's own under their names in the
/// proto.
///
/// There is no `revision`: a strong ETag hashes the entry, and it must be the same after a restart and on every replica
/// of Rollcall.
func basicJSON(_ model: Model) -> [UInt8] {
  var json = JSONWriter(capacity: 768)
  json.object { json in basicMembers(model, &json) }
  return json.bytes
}

private func basicMembers(_ model: Model, _ json: inout JSONWriter) {
  let contextLength = model.maxModelLen > 0 ? model.maxModelLen : nil
  json.member("id", model.key.id)
  json.member("object", "model")
  json.member("created", model.created.seconds)
  json.member("owned_by", model.ownedBy)
  json.member("root", model.root)
  json.member("parent", model.parent.isEmpty ? nil : model.parent)
  json.member("max_model_len", contextLength)
  json.member("context_length", contextLength)
  if let contextLength {
    // The place where llama.cpp's clients look.
    json.key("meta")
    json.object { $0.member("n_ctx", contextLength) }
  }
  json.member("display_name", model.key.id)
  json.member("namespace", model.key.namespace)
  json.member("kind", model.kind.name)
  json.member("state", model.state.name)
  json.member("version", model.version)
  json.key("labels")
  json.object { json in
    for (name, value) in sorted(model.labels) { json.member(strange: name, value) }
  }
  json.member("ready_replicas", Int64(model.readyReplicas))
  json.member("total_replicas", Int64(model.totalReplicas))
  json.member("etag", model.etag)
  guard !model.divergences.isEmpty else { return }
  json.key("divergences")
  json.array { json in
    for divergence in model.divergences { members(divergence, &json) }
  }
}

func members(_ replica: Replica, _ latest: ReplicaReading, _ json: inout JSONWriter) {
  json.object { json in
    json.member("engine_id", replica.engineID)
    json.member("endpoint", replica.endpoint)
    json.member("engine_kind", replica.engineKind)
    json.member("engine_version", replica.engineVersion)
    json.member("cluster", replica.cluster)
    json.member("state", replica.condition.state.name)
    json.member("state_reason", replica.condition.reason)
    json.member("state_changed_at", replica.condition.changedAt.rfc3339)
    json.member("max_model_len", replica.maxModelLen > 0 ? replica.maxModelLen : nil)
    json.member("root", replica.root)
    if !replica.via.isEmpty {
      json.key("via")
      json.array { json in
        for cluster in replica.via { json.string(cluster) }
      }
    }
    members(latest, &json)
  }
}

private func members(_ divergence: Divergence, _ json: inout JSONWriter) {
  json.object { json in
    json.member("field", divergence.field)
    json.key("values")
    json.array { json in
      for (value, engineIDs) in divergence.values {
        json.object { json in
          json.member("value", value)
          json.key("engine_ids")
          json.array { json in
            for id in engineIDs { json.string(id) }
          }
        }
      }
    }
  }
}

/// Labels in the order of their names' bytes, so that equal labels have equal encodings.
func sorted(_ labels: [String: String]) -> [(key: String, value: String)] {
  labels.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
}

import CMessages
package import Catalog
import Messages

/// READINGS of one model: what it is unique by, `readings`, and of each replica `engine_id`, `observed_at`, `readings` and
/// `resources`, which is all that moves.
package enum ReadingsEvent {
  /// A packed `WatchModelsResponse` with gRPC's 5-byte prefix.
  package static func framed(_ told: ModelReadings) -> [UInt8] {
    let packed = pack(Rollcall__V1__Model.self) { draft in
      draft.fields.namespace_ = draft.text(told.key.namespace)
      draft.fields.id = draft.text(told.key.id)
      draft.fields.n_replicas = told.replicas.count
      draft.fields.replicas = draft.messages(told.replicas) { draft, replica in
        fill(draft, engineID: replica.engineID, ReplicaReading(replica.reading, of: told.key.id))
      }
      if let merged = told.merged { draft.fields.readings = message(draft, merged) }
    }
    return WatchFrame.encode(.readings, packed: packed[...], revision: 0)
  }

  /// A server-sent event with its closing empty line, and without an `id`.
  package static func sse(_ told: ModelReadings) -> [UInt8] {
    var json = JSONWriter(capacity: 1024)
    json.object { json in
      json.member("namespace", told.key.namespace)
      json.member("id", told.key.id)
      json.key("replicas")
      json.array { json in
        for (engineID, reading) in told.replicas {
          json.object { json in
            json.member("engine_id", engineID)
            members(ReplicaReading(reading, of: told.key.id), &json)
          }
        }
      }
      json.key("readings")
      value(told.merged, &json)
    }
    return ServerSentEvent.encode(.readings, json: json.bytes[...], revision: 0)
  }
}

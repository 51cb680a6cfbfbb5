import CMessages
package import Catalog
import Messages

/// Models and events in view BASIC as protobuf, JSON and server-sent events. Equal models have equal bytes.
package struct WireModelEncoder: ModelEncoder {
  package init() {}

  package func encode(_ model: Model) -> EncodedModel {
    let element = pack(Rollcall__V1__Model.self, header: .field(1)) { fill($0, model) }
    return EncodedModel(element: element, headerCount: headerCount(element), json: basicJSON(model))
  }

  package func encode(_ kind: EventKind, _ model: EncodedModel?, key: ModelKey?, revision: Int64) -> EncodedEvent {
    var packed = model.map { $0.element[$0.headerCount...] }
    var json = model?.json
    if packed == nil, let key {
      packed = ModelKeyEncoder.pack(key)[...]
      json = ModelKeyEncoder.json(key)
    }
    return EncodedEvent(
      framed: WatchFrame.encode(kind, packed: packed, revision: revision),
      sse: ServerSentEvent.encode(kind, json: json.map { $0[...] }, revision: revision))
  }
}

/// Encodes a model as its key alone.
enum ModelKeyEncoder {
  static func pack(_ key: ModelKey) -> [UInt8] {
    Messages.pack(Rollcall__V1__Model.self) { draft in
      draft.fields.namespace_ = draft.text(key.namespace)
      draft.fields.id = draft.text(key.id)
    }
  }

  static func json(_ key: ModelKey) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("namespace", key.namespace)
      json.member("id", key.id)
    }
    return json.bytes
  }
}

/// The bytes of tag and length: the tag of field 1 takes one byte, and the length ends with the first byte below 128.
private func headerCount(_ element: [UInt8]) -> Int {
  var count = 2
  while element[count - 1] >= 0x80 { count += 1 }
  return count
}

package import Catalog

/// An encoder of models and events for tests: different models and events have different bytes. It frames texts as
/// protobuf and gRPC frame messages.
package struct PlainModelEncoder: ModelEncoder {
  package init() {}

  package func encode(_ model: Model) -> EncodedModel {
    let packed = [UInt8](Self.text(model).utf8)
    let header = [0x0a] + Self.varint(packed.count)
    return EncodedModel(element: header + packed, headerCount: header.count, json: [UInt8](Self.json(model).utf8))
  }

  package func encode(_ kind: EventKind, _ model: EncodedModel?, key: ModelKey?, revision: Int64) -> EncodedEvent {
    let name = key.map { "\($0.namespace) \($0.id)" } ?? ""
    var message = [UInt8]("\(kind.name) \(revision) \(name) ".utf8)
    if let model { message += model.element.dropFirst(model.headerCount) }
    let count = UInt32(message.count)
    let prefix = [0] + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: count >> UInt32($0)) }
    let sse = "id: \(revision)\nevent: \(kind.name)\ndata: \(name)\n\n"
    return EncodedEvent(framed: prefix + message, sse: [UInt8](sse.utf8))
  }

  /// The text that stands for a model's packed bytes.
  package static func text(_ model: Model) -> String {
    "\(model.key.namespace) \(model.key.id) \(model.state.name) \(model.etag) \(model.revision)"
  }

  /// The text that stands for a model's JSON entry.
  package static func json(_ model: Model) -> String {
    #"{"id":"\#(model.key.id)","etag":"\#(model.etag)"}"#
  }

  private static func varint(_ count: Int) -> [UInt8] {
    var rest = count
    var bytes: [UInt8] = []
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

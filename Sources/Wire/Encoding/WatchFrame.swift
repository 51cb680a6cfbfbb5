import CMessages
package import Catalog
import Messages

/// A `WatchModelsResponse` around a packed model, with gRPC's 5-byte prefix.
package enum WatchFrame {
  /// Encodes one event. `packed` is a packed `Model`; nil for SYNCED and RESET.
  package static func encode(_ kind: EventKind, packed: ArraySlice<UInt8>?, revision: Int64) -> [UInt8] {
    var bytes = [UInt8]()
    append(kind, packed: packed, revision: revision, to: &bytes)
    return bytes
  }

  /// Appends one event to a buffer that may hold many.
  package static func append(
    _ kind: EventKind, packed: ArraySlice<UInt8>?, revision: Int64, to bytes: inout [UInt8]
  ) {
    // The tag and value of `type` take two bytes; the tags of `model` and `revision` take one byte each.
    var count = 2
    if let packed { count += 1 + varintSize(UInt64(packed.count)) + packed.count }
    if revision != 0 { count += 1 + varintSize(UInt64(bitPattern: revision)) }
    bytes.appendFramePrefix(count: count)
    bytes.appendTag(1, wireType: 0)
    bytes.append(kind.rawValue)
    if let packed {
      bytes.appendTag(2, wireType: 2)
      bytes.appendVarint(UInt64(packed.count))
      bytes.append(contentsOf: packed)
    }
    if revision != 0 {
      bytes.appendTag(3, wireType: 0)
      bytes.appendVarint(UInt64(bitPattern: revision))
    }
  }
}

/// The model of an item in view BASIC: the snapshot's encoding where it has one, otherwise an encoding for this stream
/// alone. REMOVED has the key alone; SYNCED and RESET have nil.
extension WatchItem {
  /// A packed `Model`.
  package var basicPacked: ArraySlice<UInt8>? {
    if let packed { return packed }
    if let model { return pack(Rollcall__V1__Model.self) { fill($0, model) }[...] }
    return key.map { ModelKeyEncoder.pack($0)[...] }
  }

  /// A JSON object.
  package var basicJSON: ArraySlice<UInt8>? {
    if let json { return json }
    if let model { return Wire.basicJSON(model)[...] }
    return key.map { ModelKeyEncoder.json($0)[...] }
  }
}

import CMessages
package import Catalog
import Messages

/// The model of an item in view BASIC, encoded for one stream unless the snapshot holds it so; of REMOVED the key alone,
/// nil for SYNCED and RESET.
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

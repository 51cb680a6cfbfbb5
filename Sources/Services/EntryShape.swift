import Catalog
import HTTP
import Wire

/// How entries of the list are written, told apart by a hash: facts alone do not make a strong tag, as another version
/// of the program may write them differently.
enum EntryShape {
  /// The tag of what is written of facts with this hash.
  static func tag(_ facts: ContentHash) -> ETag {
    ETag(version + "-" + facts.hex)
  }

  private static let version = String(ContentHash(of: WireModelEncoder().encode(everything).json).hex.prefix(8))

  /// A model of which every member is there.
  private static let everything = Model(
    key: ModelKey(namespace: "namespace", id: "id"), kind: .adapter, state: .degraded, ownedBy: "owner",
    created: Timestamp(microseconds: 1), root: "root", parent: "parent", version: "version", maxModelLen: 1,
    labels: ["name": "value"], readyReplicas: 1, totalReplicas: 2,
    divergences: [Divergence(field: "root", values: [(value: "value", engineIDs: ["engine"])])], etag: "etag",
    revision: 1)
}

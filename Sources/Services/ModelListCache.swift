import Catalog
import Synchronization

/// Bodies of `GET /v1/models`, each made once per revision and namespace, for all event loops.
final class ModelListCache: Sendable {
  private struct Lists {
    var revision: Int64 = 0
    /// By the bytes of the namespace, as strings that look alike are equal to Swift; nil is all.
    var slices: [[UInt8]?: [ArraySlice<UInt8>]] = [:]
  }

  /// What stands before the entries of a list.
  static let opening = Array(#"{"object":"list","data":["#.utf8)
  private static let closing = Array("]}".utf8)[...]

  private let lists = Mutex(Lists())

  /// The slices whose concatenation is the body. They are parts of the snapshot, unless ids of several namespaces are
  /// merged.
  func slices(_ snapshot: Snapshot, namespace: String?) -> [ArraySlice<UInt8>] {
    let key = namespace.map { Array($0.utf8) }
    let known = lists.withLock { $0.revision == snapshot.revision ? $0.slices[key] : nil }
    if let known { return known }
    let made = Self.make(snapshot, namespace: namespace)
    // Namespaces that clients make up are empty lists, which are not worth keeping.
    if made.count > 2 {
      lists.withLock { lists in
        if lists.revision < snapshot.revision { lists = Lists(revision: snapshot.revision) }
        if lists.revision == snapshot.revision { lists.slices[key] = made }
      }
    }
    return made
  }

  /// What a list shows: of one namespace, or each id once.
  static func models(_ snapshot: Snapshot, namespace: String?) -> [ModelRef] {
    if let namespace { return Array(snapshot.refs(namespace: namespace, sight: .all)) }
    return snapshot.distinctByID(preferred: defaultNamespace, sight: .all)
  }

  private static func make(_ snapshot: Snapshot, namespace: String?) -> [ArraySlice<UInt8>] {
    if namespace != nil || snapshot.namespaces(sight: .all).count < 2 {
      return [opening[...]] + snapshot.jsonSlices(namespace: namespace, sight: .all) + [closing]
    }
    var entries = [UInt8]()
    for model in models(snapshot, namespace: nil) {
      if !entries.isEmpty { entries.append(UInt8(ascii: ",")) }
      entries.append(contentsOf: model.json)
    }
    return [opening[...], entries[...], closing]
  }
}

import HTTP
import Synchronization

/// Bodies of whole lists in OpenAI's shape, each gathered once per revision and namespace, for all event loops.
final class ModelListCache: Sendable {
  private struct Lists {
    var revision: Int64 = 0
    /// By the bytes of the namespace, as strings that look alike are equal to Swift; nil is each id once.
    var slices: [[UInt8]?: [ArraySlice<UInt8>]] = [:]
  }

  private let lists = Mutex(Lists())

  func body(_ revision: Int64, _ namespace: String?, _ write: () -> ResponseBody) -> ResponseBody {
    let key = namespace.map { Array($0.utf8) }
    let known = lists.withLock { $0.revision == revision ? $0.slices[key] : nil }
    if let known { return .bytes(known) }
    let body = write()
    // Namespaces that clients make up are empty lists, which are not worth keeping.
    if case .bytes(let slices) = body, slices.count > 2 {
      lists.withLock { lists in
        if lists.revision < revision { lists = Lists(revision: revision) }
        if lists.revision == revision { lists.slices[key] = slices }
      }
    }
    return body
  }
}

import Catalog
import HTTP
import Synchronization

/// Bodies of whole lists in OpenAI's shape, each gathered once per revision and namespace, for all event loops.
final class ListBodyCache: Sendable {
  private struct Body: Sendable {
    let revision: Int64
    /// The bytes of its name, as strings that look alike are equal to Swift; nil is each id once.
    let namespace: [UInt8]?
    let slices: [ArraySlice<UInt8>]
  }

  private let bodies = Mutex(LRUCache<Body>(countLimit: 256))
  /// The time of all uses: bodies leave with their revision, not by age.
  private let start = ContinuousClock.now

  var figures: CacheFigures { bodies.withLock { $0.figures } }

  func body(_ revision: Int64, _ namespace: String?, _ write: () -> ResponseBody) -> ResponseBody {
    let namespace = namespace.map { Array($0.utf8) }
    let known = bodies.withLock { bodies in
      bodies.find(now: start) { $0.revision == revision && $0.namespace == namespace }
    }
    if let known { return .bytes(known.slices) }
    let body = write()
    // Namespaces that clients make up are empty lists, which are not worth keeping.
    if case .bytes(let slices) = body, slices.count > 2 {
      insert(Body(revision: revision, namespace: namespace, slices: slices))
    }
    return body
  }

  /// Only the latest revision's bodies stay. Evicted elements are freed outside of the lock.
  private func insert(_ body: Body) {
    _ = bodies.withLock { bodies in
      if bodies.touch(now: start, where: { $0.revision > body.revision }) != nil { return [body] }
      let old = bodies.remove { $0.revision < body.revision || $0.namespace == body.namespace }
      return old + bodies.insert(body, now: start)
    }
  }
}

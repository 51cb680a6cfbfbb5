import Catalog
import HTTP
import Synchronization

/// The bodies of whole lists in OpenAI's shape. Each is gathered once per revision and namespace, for all event loops.
final class ListBodyCache: Sendable {
  private struct Body: Sendable {
    let revision: Int64
    /// The bytes of the namespace's name, because Swift holds strings that look alike for equal. nil: the list of all
    /// namespaces, with each id once.
    let namespace: [UInt8]?
    let slices: [ArraySlice<UInt8>]
  }

  private let bodies = Mutex(LRUCache<Body>(countLimit: 256))
  /// The time of all uses: a body leaves with its revision, not by age.
  private let start = ContinuousClock.now

  var figures: CacheFigures { bodies.withLock { $0.figures } }

  func body(_ revision: Int64, _ namespace: String?, _ write: () -> ResponseBody) -> ResponseBody {
    let namespace = namespace.map { Array($0.utf8) }
    let known = bodies.withLock { bodies in
      bodies.find(now: start) { $0.revision == revision && $0.namespace == namespace }
    }
    if let known { return .bytes(known.slices) }
    let body = write()
    // Namespaces that clients make up have empty lists, which are not worth keeping.
    if case .bytes(let slices) = body, slices.count > 2 {
      insert(Body(revision: revision, namespace: namespace, slices: slices))
    }
    return body
  }

  /// Inserts a body; only the bodies of the latest revision stay. The evicted bodies are freed outside the lock.
  private func insert(_ body: Body) {
    _ = bodies.withLock { bodies in
      if bodies.touch(now: start, where: { $0.revision > body.revision }) != nil { return [body] }
      let old = bodies.remove { $0.revision < body.revision || $0.namespace == body.namespace }
      return old + bodies.insert(body, now: start)
    }
  }
}

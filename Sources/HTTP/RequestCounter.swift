import HTTPTypes
import Synchronization

/// Answers by route, method and status code. Labels come from the routes and from known methods alone, so that no
/// client can make series.
final class RequestCounter: Sendable {
  private struct Key: Hashable {
    /// -1: no route.
    var route: Int
    /// Index in `methods`; -1 for unknown ones.
    var method: Int
    var code: Int
  }

  private static let methods: [HTTPRequest.Method] = [.get, .head, .options, .post, .put, .patch, .delete]

  private let routes: [String]
  private let counts = Mutex<[Key: Int]>([:])

  init(routes: [String]) {
    self.routes = routes
  }

  func count(route: Int?, method: HTTPRequest.Method, code: Int) {
    let key = Key(route: route ?? -1, method: Self.methods.firstIndex(of: method) ?? -1, code: code)
    counts.withLock { $0[key, default: 0] += 1 }
  }

  /// A streamed answer counts when it begins.
  func family() -> MetricFamily {
    var family = MetricFamily(
      "rollcall_http_requests_total", .counter, help: "REST requests by route, method and status code.")
    let counted = counts.withLock { $0 }
      .sorted { ($0.key.route, $0.key.method, $0.key.code) < ($1.key.route, $1.key.method, $1.key.code) }
    for (key, count) in counted {
      family.add(
        Double(count),
        [
          "route": key.route < 0 ? "other" : routes[key.route],
          "method": key.method < 0 ? "other" : Self.methods[key.method].rawValue,
          "code": String(key.code),
        ])
    }
    return family
  }
}

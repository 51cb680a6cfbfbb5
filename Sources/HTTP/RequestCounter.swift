import HTTPTypes
import Metrics
import Synchronization

/// Answers by route, method and status code, and how long they took by route. The series are there from the start, and
/// are those of known routes, methods and codes: no client can make others. Counted without a lock.
final class RequestCounter: Sendable {
  private static let methods: [HTTPRequest.Method] = [.get, .head, .options, .post]
  /// The status codes of this program. A place behind the last method and the last code is for all others.
  private static let codes = [200, 204, 304, 400, 404, 405, 410, 413, 415, 429, 431, 500, 503]

  private final class RouteCounts: Sendable {
    /// Of each method the codes.
    let counts = InlineArray<70, Atomic<Int>> { _ in Atomic(0) }
    let times = LatencyHistogram()
  }

  private let routes: [String]
  /// Of each route, then of all requests without a route.
  private let counts: [RouteCounts]

  init(routes: [String]) {
    self.routes = routes + ["other"]
    counts = self.routes.map { _ in RouteCounts() }
  }

  /// - Parameter route: nil when no route matched.
  func count(route: Int?, method: HTTPRequest.Method?, code: Int) {
    let method = method.flatMap(Self.methods.firstIndex) ?? Self.methods.count
    let code = Self.codes.firstIndex(of: code) ?? Self.codes.count
    counts[route ?? routes.count - 1].counts[method * (Self.codes.count + 1) + code].add(1, ordering: .relaxed)
  }

  /// The same, with the time that it took since `start`, a reading of the histogram's clock.
  func count(route: Int?, method: HTTPRequest.Method, code: Int, since start: Int) {
    count(route: route, method: method, code: code)
    counts[route ?? routes.count - 1].times.add(since: start)
  }

  /// A streamed answer counts when it begins, with the time until then.
  func families() -> [MetricFamily] {
    var requests = MetricFamily(
      "rollcall_http_requests_total", .counter, help: "REST requests by route, method and status code.")
    var times = MetricFamily(
      "rollcall_http_request_duration_seconds", .histogram, help: "Time to the answer of a REST request, by route.")
    let methods = Self.methods.map(\.rawValue) + ["other"]
    let codes = Self.codes.map(String.init) + ["other"]
    for (route, counted) in zip(routes, counts) {
      for (index, method) in methods.enumerated() {
        for (offset, code) in codes.enumerated() {
          let count = counted.counts[index * codes.count + offset].load(ordering: .relaxed)
          requests.add(Double(count), ["route": route, "method": method, "code": code])
        }
      }
      times.add(counted.times.histogram, ["route": route])
    }
    return [requests, times]
  }
}

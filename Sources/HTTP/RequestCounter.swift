import HTTPTypes
import Metrics
import Synchronization

/// Counts answers by route, method and status code, and measures their time by route, without a lock. The series exist
/// from the start and cover known routes, methods and codes: no client can create others.
final class RequestCounter: Sendable {
  private static let methods: [HTTPRequest.Method] = [.get, .head, .options, .post]
  /// The status codes that this program sends. All other methods and codes share a place after the last of each list.
  private static let codes = [200, 204, 304, 400, 404, 405, 410, 413, 415, 429, 431, 500, 503]

  private final class RouteCounts: Sendable {
    /// The counts of each code, for each method.
    let counts = InlineArray<70, Atomic<Int>> { _ in Atomic(0) }
    let times = LatencyHistogram()
  }

  private let routes: [String]
  /// The counts of each route, and last those of all requests without a route.
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

  /// Counts an answer and adds the time since `start`, a reading of the histogram's clock.
  func count(route: Int?, method: HTTPRequest.Method, code: Int, since start: Int) {
    count(route: route, method: method, code: code)
    counts[route ?? routes.count - 1].times.add(since: start)
  }

  /// The metric families. A streamed answer counts when it begins, with the time until then.
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

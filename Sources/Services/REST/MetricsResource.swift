import HTTP
import HTTPTypes
import Metrics
import Synchronization

/// `/metrics`, in the text format of Prometheus or in OpenMetrics.
struct MetricsResource: Sendable {
  /// The registry is unowned: it holds the router, which holds this resource. The REST service keeps both alive.
  unowned let registry: MetricsRegistry
  private let cache = MetricsTextCache()

  init(registry: MetricsRegistry) {
    self.registry = registry
  }

  var routes: [Route] {
    [
      Route(.get, "/metrics") { [unowned registry, cache] request, _ in
        let exposition = Exposition(accept: request[.accept])
        var response = Response(
          status: .ok,
          fields: [.contentType: exposition.contentType, .cacheControl: "no-store", .vary: "Accept"],
          body: .bytes([cache.text(exposition, registry)[...]]))
        response.isShared = true
        return response
      }
    ]
  }
}

/// The last text of each format, for a moment: many scrapes at once make it once, and hold it once.
private final class MetricsTextCache: Sendable {
  private static let lifetime = Duration.milliseconds(50)

  private let texts = Mutex<[Exposition: (madeAt: ContinuousClock.Instant, bytes: [UInt8])]>([:])

  func text(_ exposition: Exposition, _ registry: MetricsRegistry) -> [UInt8] {
    let now = ContinuousClock.now
    if let known = texts.withLock({ $0[exposition] }), now - known.madeAt < Self.lifetime { return known.bytes }
    let bytes = exposition.text(registry.families())
    texts.withLock { $0[exposition] = (now, bytes) }
    return bytes
  }
}

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

/// The last text of each format, for floods of scrapes: beyond a rate they get the text that was made last, which is made
/// once and held once.
private final class MetricsTextCache: Sendable {
  /// The texts that may be made at once, and per second after that.
  private static let (burst, perSecond) = (10.0, 2.0)

  private struct State {
    var texts: [Exposition: [UInt8]] = [:]
    var left = burst
    var lastTime = ContinuousClock.now
  }

  private let state = Mutex(State())

  func text(_ exposition: Exposition, _ registry: MetricsRegistry) -> [UInt8] {
    let known = state.withLock { state -> [UInt8]? in
      let now = ContinuousClock.now
      state.left = min(state.left + (now - state.lastTime) / .seconds(1) * Self.perSecond, Self.burst)
      state.lastTime = now
      if state.left < 1, let text = state.texts[exposition] { return text }
      state.left -= 1
      return nil
    }
    if let known { return known }
    let bytes = exposition.text(registry.families())
    state.withLock { $0.texts[exposition] = bytes }
    return bytes
  }
}

import HTTP
import HTTPTypes

/// `/metrics`, in the text format of Prometheus.
struct MetricsResource: Sendable {
  /// Not held: it holds the router, which holds this. The REST service keeps both.
  unowned let registry: MetricsRegistry

  var routes: [Route] {
    [
      Route(.get, "/metrics") { [unowned registry] _, _ in
        Response(
          status: .ok, fields: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
          body: .bytes([Exposition.text(registry.families())[...]]))
      }
    ]
  }
}

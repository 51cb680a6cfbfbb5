import HTTP
import HTTPTypes

/// `/metrics`, in the text format of Prometheus.
struct MetricsResource: Sendable {
  let registry: MetricsRegistry

  var routes: [Route] {
    [
      Route(.get, "/metrics") { [registry] _, _ in
        Response(
          status: .ok, fields: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
          body: .bytes([Exposition.text(registry.families())[...]]))
      }
    ]
  }
}

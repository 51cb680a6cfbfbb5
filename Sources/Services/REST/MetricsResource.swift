import HTTP
import HTTPTypes
import Metrics

/// `/metrics`, in the text format of Prometheus or in OpenMetrics.
struct MetricsResource: Sendable {
  /// The registry is unowned: it holds the router, which holds this resource. The REST service keeps both alive.
  unowned let registry: MetricsRegistry

  var routes: [Route] {
    [
      Route(.get, "/metrics") { [unowned registry] request, _ in
        let exposition = Exposition(accept: request[.accept])
        return Response(
          status: .ok,
          fields: [.contentType: exposition.contentType, .cacheControl: "no-store", .vary: "Accept"],
          body: .bytes([exposition.text(registry.families())[...]]))
      }
    ]
  }
}

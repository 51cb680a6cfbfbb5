import HTTP
import HTTPTypes
import Metrics

/// `/metrics`, in the text format of Prometheus or in OpenMetrics.
struct MetricsResource: Sendable {
  /// Not held: it holds the router, which holds this. The REST service keeps both.
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

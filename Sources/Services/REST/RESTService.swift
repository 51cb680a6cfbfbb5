package import HTTP

/// The REST side of the port.
package struct RESTService: Responder {
  private let router: Router
  private let metrics: MetricsRegistry

  /// Creates the service and adds its own sources to `metrics`; the composition root adds the other sources.
  package init(_ environment: ServiceEnvironment, metrics: MetricsRegistry) {
    let ollama = environment.servesOllama ? OllamaResource(environment).routes : []
    router = Router(
      ModelsResource(environment).routes + ollama + LMStudioResource(environment).routes
        + DiffResource(environment).routes
        + HealthResource(environment: environment).routes
        + ServiceDiscoveryResource(environment).routes
        + MetricsResource(registry: metrics).routes,
      origins: environment.allowedOrigins, render: Response.to)
    self.metrics = metrics
    metrics.add(CatalogMetrics(environment: environment))
    metrics.add(StoreMetrics(catalog: environment.catalog))
    metrics.add(WatchMetrics(slots: environment.slots, catalog: environment.catalog))
    metrics.add(ListMetrics(environment: environment))
    metrics.add(CacheMetrics(caches: environment.caches, catalog: environment.catalog))
    metrics.add(router)
    metrics.add(ProcessMetrics())
  }

  /// Routes a request; a task makes a slow answer off the event loop.
  package func respond(to request: Request) -> EventualResponse {
    router.respond(to: request)
  }

  /// Makes the answer to a request that the transport refuses: an error object.
  package func response(to problem: Problem, for request: Request?) -> Response {
    router.response(to: problem, for: request)
  }

  /// Counts a request that the transport answered by itself.
  package func countTransportResponse(_ code: Int) {
    router.countTransportResponse(code)
  }
}

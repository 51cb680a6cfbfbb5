import HTTP
import HTTPTypes
import Wire

/// LM Studio's lists of models, `/api/v0/models` and `/api/v0/models/{id}` (lmstudio.ai/docs/developer/rest/endpoints).
/// Both take the parameter `namespace` and ignore all others.
struct LMStudioResource: Sendable {
  /// The name of both routes in metrics.
  private static let label = "/api/v0/*"

  private let lists: ModelListResponder
  private let models: ModelResponder

  init(_ environment: ServiceEnvironment) {
    lists = ModelListResponder(environment)
    models = ModelResponder(environment)
  }

  var routes: [Route] {
    [
      Route(.get, "/api/v0/models", label: Self.label) { [lists] request, _ in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in
          try lists.respond(to: request, try Query(of: request).keeping("namespace"), shape: .lmStudio)
        }
      },
      Route(.get, "/api/v0/models/{id...}", label: Self.label) { [models] request, parameters in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in
          let query = try Query(of: request).keeping("namespace")
          return try models.respond(to: request, id: parameters["id"], query, shape: .lmStudio)
        }
      },
    ]
  }
}

import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/v1/models` and `/v1/models/{id}`, in the shapes that clients read. Clients whose base URL has no `/v1` find the same
/// at `/models`.
///
/// Without a namespace the list has each id once: from `default`, otherwise from the first namespace by name that has
/// the id.
struct ModelsResource: Sendable {
  private let reader: CatalogReader
  private let notModified: NotModifiedCache
  private let lists: ModelListResponder
  private let models: ModelResponder

  init(_ environment: ServiceEnvironment) {
    reader = CatalogReader(environment)
    notModified = environment.caches.notModified
    lists = ModelListResponder(environment)
    models = ModelResponder(environment)
  }

  var routes: [Route] { routes(under: "/v1") + routes(under: "") }

  private func routes(under prefix: String) -> [Route] {
    [
      Route(.get, prefix + "/models", label: "/v1/models") { [self] request, _ in
        if let present = try? reader.present(),
          let response = notModified.response(request, present, reader.sight)
        {
          return .now(response)
        }
        return eventually(ErrorForm(request)) { () throws(OpenAIError) in
          let query = try Query(of: request)
          if let watch = try WatchRead(request, query) { return .now(try self.watch(watch, request.caller)) }
          return try lists.respond(to: request, query)
        }
      },
      Route(.get, prefix + "/models/{id...}", label: "/v1/models/{id...}") { [self] request, parameters in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in
          try models.respond(to: request, id: parameters["id"], try Query(of: request))
        }
      },
    ]
  }

  private func watch(_ read: WatchRead, _ caller: Caller) throws(OpenAIError) -> Response {
    let watch = try restRead { () throws(ReadError) in try reader.watch(read, .sse, for: caller) }
    return Response(status: .ok, fields: .eventStream, body: .stream(WatchSource(watch, reader)))
  }
}

extension Query {
  /// Parses the query of a request.
  init(of request: Request) throws(OpenAIError) {
    do throws(QueryError) {
      try self.init(request.query)
    } catch {
      throw .invalid(error)
    }
  }
}

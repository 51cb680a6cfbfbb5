import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/v1/models` and `/v1/models/{id}`, in the shapes that clients read.
///
/// Without a namespace the list has each id once: from `default`, otherwise from the first namespace by name that has
/// the id.
struct ModelsResource: Sendable {
  private let environment: ServiceEnvironment
  private let reader: CatalogReader
  private let notModified: NotModifiedCache
  private let writer: RepresentationWriter

  init(_ environment: ServiceEnvironment) {
    self.environment = environment
    reader = CatalogReader(environment)
    notModified = environment.caches.notModified
    writer = RepresentationWriter(compressed: environment.caches.compressedBodies)
  }

  var routes: [Route] {
    let lists = ModelListResponder(reader: reader, writer: writer, bodies: environment.caches.listBodies)
    let models = ModelResponder(reader: reader, writer: writer)
    return [
      Route(.get, "/v1/models") { [self] request, _ in
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
      Route(.get, "/v1/models/{id...}") { request, parameters in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in
          try models.respond(to: request, id: parameters["id"])
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

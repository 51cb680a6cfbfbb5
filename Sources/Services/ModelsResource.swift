import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/v1/models` and `/v1/models/{id}`, in the shape of OpenAI's.
///
/// Without a namespace each id is there once: from `default`, else from the first namespace by name that has it.
struct ModelsResource: Sendable {
  let environment: ServiceEnvironment
  private let cache = ModelListCache()

  init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  var routes: [Route] {
    [
      Route(.get, "/v1/models") { [self] request, _ in
        eventually { () throws(OpenAIError) in try list(request) }
      },
      Route(.get, "/v1/models/{id...}") { [self] request, parameters in
        eventually { () throws(OpenAIError) in try get(parameters["id"], request) }
      },
    ]
  }

  private func list(_ request: Request) throws(OpenAIError) -> EventualResponse {
    let query = try ModelsQuery(request)
    if query.watches { return .now(try watch(query)) }
    let condition = ConditionalRequest(request)
    return try read(query) { [self] snapshot in
      switch query.view {
      case .full:
        let models = ModelListCache.models(snapshot, namespace: query.namespace)
        let observedAt = environment.observedAt(atRevision: query.atRevision)
        let source = JSONListSource(opening: ModelListCache.opening, models[...]) { ref in
          fullJSON(ref.model, observedAt: observedAt)
        }
        return Response(status: .ok, fields: .movingJSON, body: .stream(source))
      case .basic:
        let tag = EntryShape.tag(snapshot.contentHash(namespace: query.namespace, sight: .all))
        return conditional(condition, tag) { cache.slices(snapshot, namespace: query.namespace) }
      }
    }
  }

  private func get(_ id: String, _ request: Request) throws(OpenAIError) -> EventualResponse {
    let query = try ModelsQuery(request)
    let condition = ConditionalRequest(request)
    return try read(query) { [self] snapshot throws(OpenAIError) in
      let found =
        if let namespace = query.namespace {
          snapshot.model(ModelKey(namespace: namespace, id: id), sight: .all)
        } else {
          snapshot.firstByID(id, preferred: defaultNamespace, sight: .all)
        }
      guard let found else { throw .modelNotFound(id) }
      switch query.view {
      case .full:
        let json = fullJSON(found.model, observedAt: environment.observedAt(atRevision: query.atRevision))
        return Response(status: .ok, fields: .movingJSON, body: .bytes([json[...]]))
      case .basic:
        return conditional(condition, EntryShape.tag(found.contentHash)) { [found.json] }
      }
    }
  }

  /// Answers from the present at once, from the past when that is read.
  private func read(
    _ query: ModelsQuery, _ respond: @escaping @Sendable (Snapshot) throws(OpenAIError) -> sending Response
  ) throws(OpenAIError) -> EventualResponse {
    let present = try environment.listedSnapshot()
    if query.atRevision == 0 || query.atRevision == present.revision { return .now(try respond(present)) }
    return later { [environment] () async throws(OpenAIError) in
      try respond(try await environment.listedPast(at: query.atRevision))
    }
  }

  private func watch(_ query: ModelsQuery) throws(OpenAIError) -> Response {
    guard environment.slots.take(.sse) else {
      throw .overloaded("\(environment.slots.limit) watches run already.")
    }
    return Response(status: .ok, fields: .eventStream, body: .stream(WatchSource(environment, query)))
  }

  /// 304 costs no body.
  private func conditional(
    _ condition: ConditionalRequest, _ tag: ETag, _ slices: () -> [ArraySlice<UInt8>]
  ) -> Response {
    var fields = HTTPFields.cachedJSON
    fields[.eTag] = tag.text
    if condition.isFulfilled(by: tag) { return .notModified(repeating: fields) }
    return Response(status: .ok, fields: fields, body: .bytes(slices()))
  }
}

extension HTTPFields {
  private static let vary = "Authorization, Accept, Accept-Encoding"

  fileprivate static let cachedJSON: HTTPFields = [
    .contentType: "application/json", .cacheControl: "private, no-cache", .vary: vary,
  ]

  /// With readings, which have no version.
  static let movingJSON: HTTPFields = [
    .contentType: "application/json", .cacheControl: "no-store", .vary: vary,
  ]

  fileprivate static let eventStream: HTTPFields = [
    .contentType: "text/event-stream", .cacheControl: "no-store", .vary: vary,
  ]
}

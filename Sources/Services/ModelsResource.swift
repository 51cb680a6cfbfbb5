import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/v1/models` and `/v1/models/{id}`, in the shapes that clients read.
///
/// Without a namespace each id is there once: from `default`, else from the first namespace by name that has it.
struct ModelsResource: Sendable {
  let environment: ServiceEnvironment
  let lists = ModelListCache()
  let writer = RepresentationWriter()
  private let known = KnownLists()
  /// Replicas that an event loop writes at once, in about 0.3 ms.
  private static let replicaLimit = 40

  init(_ environment: ServiceEnvironment) {
    self.environment = environment
  }

  var routes: [Route] {
    [
      Route(.get, "/v1/models") { [self] request, _ in
        if let present = environment.catalog.readySnapshot, let response = known.notModified(request, present) {
          return .now(response)
        }
        return eventually(ErrorForm(request)) { () throws(OpenAIError) in
          let query = try Query(of: request)
          if let watch = try WatchQuery(request, query) { return .now(try self.watch(watch)) }
          return try list(request, query)
        }
      },
      Route(.get, "/v1/models/{id...}") { [self] request, parameters in
        eventually(ErrorForm(request)) { () throws(OpenAIError) in try get(parameters["id"], request) }
      },
    ]
  }

  private func watch(_ query: WatchQuery) throws(OpenAIError) -> Response {
    guard let slot = environment.slots.take(.sse) else {
      throw .overloaded("\(environment.slots.limit) watches run already.")
    }
    return Response(status: .ok, fields: .eventStream, body: .stream(WatchSource(environment, query, slot)))
  }

  private func get(_ id: String, _ request: Request) throws(OpenAIError) -> EventualResponse {
    let read = try ReadQuery(of: request)
    // One model is not worth compressing.
    let wishes = Wishes(condition: request[.ifNoneMatch])
    let present = try environment.listedSnapshot()
    if let snapshot = read.atRevision == 0 ? present : environment.catalog.held(at: read.atRevision) {
      return .now(try response(id, read, wishes, snapshot))
    }
    return later(ErrorForm(request)) { [self] () async throws(OpenAIError) in
      try response(id, read, wishes, try await environment.listedPast(at: read.atRevision))
    }
  }

  private func response(
    _ id: String, _ read: ReadQuery, _ wishes: Wishes, _ snapshot: Snapshot
  ) throws(OpenAIError) -> sending Response {
    let found =
      if let namespace = read.namespace {
        snapshot.model(ModelKey(namespace: namespace, id: id), sight: .all)
      } else {
        snapshot.firstByID(id, preferred: defaultNamespace, sight: .all)
      }
    guard let found else { throw .modelNotFound(id) }
    let tag = read.view == .full ? nil : read.shape.tag(found.contentHash)
    return writer.response(Representation(tag: tag, shape: read.shape), wishes) { [environment] in
      let basic = read.shape == .openAI ? found.json : read.shape.json(found.model)[...]
      guard read.view == .full else { return .bytes([basic]) }
      let reading = environment.reading(atRevision: read.atRevision)
      let body = WrittenBody(EntryPortions(entry: FullEntry(found.model, basic: basic, reading: reading)))
      guard found.model.replicas.count <= Self.replicaLimit else { return .stream(body) }
      return .bytes(body.whole)
    }
  }
}

/// The body of one model in view FULL.
private struct EntryPortions: BodyPortions {
  var entry: FullEntry

  mutating func append(to bytes: inout [UInt8]) -> Bool {
    entry.append(to: &bytes)
  }
}

extension Query {
  /// The query of a request.
  init(of request: Request) throws(OpenAIError) {
    do throws(QueryError) {
      try self.init(request.query)
    } catch {
      throw .invalid(error)
    }
  }
}

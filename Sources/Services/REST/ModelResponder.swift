import Catalog
import HTTP
import HTTPTypes
import Wire

/// Answers with one model.
struct ModelResponder: Sendable {
  /// The number of replicas that an event loop writes at once, in about 0.3 ms.
  private static let replicaLimit = 40

  let reader: CatalogReader
  let writer: RepresentationWriter

  init(_ environment: ServiceEnvironment) {
    reader = CatalogReader(environment)
    writer = RepresentationWriter(compressed: environment.caches.compressedBodies)
  }

  /// - Parameter shape: the shape of the path; nil: the request itself shows it.
  func respond(
    to request: Request, id: String, _ query: Query, shape: EntryShape? = nil
  ) throws(OpenAIError) -> EventualResponse {
    let common = try restParameter { () throws(QueryError) in try ReadQuery(request, query, shape: shape) }
    let read = try restRead { () throws(ReadError) in
      try GetRead(
        id: id, namespace: common.namespace, view: common.view, atRevision: common.atRevision, idField: "model")
    }
    // The body of one model is too small to be worth compressing.
    let preferences = Preferences(request, compresses: false)
    let shape = common.shape
    if let found = try restRead({ () throws(ReadError) in try reader.modelNow(read) }) {
      return .now(try response(found, read, shape, preferences))
    }
    return later(ErrorForm(request)) { () async throws(OpenAIError) in
      let found: ModelRef
      do throws(ReadError) {
        found = try await reader.model(read)
      } catch {
        throw OpenAIError(error)
      }
      return try response(found, read, shape, preferences)
    }
  }

  private func response(
    _ found: ModelRef, _ read: GetRead, _ shape: EntryShape, _ preferences: Preferences
  ) throws(OpenAIError) -> sending Response {
    let tag = read.view == .full ? nil : shape.tag(found.contentHash)
    return try writer.response(Representation(tag: tag, shape: shape), preferences) { [reader] in
      let basic = shape == .openAI ? found.json : shape.json(found.model)[...]
      guard read.view == .full else { return .bytes([basic]) }
      let readings = reader.readings(atRevision: read.atRevision)
      let body = WrittenBody(EntryPortions(entry: FullEntry(found.model, basic: basic, reading: readings)))
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

import Catalog
import HTTP
import HTTPTypes
import Wire

/// Answers with a list of models or a page of it, at once where its parts are at hand, otherwise from a task.
struct ModelListResponder: Sendable {
  let reader: CatalogReader
  let writer: RepresentationWriter
  let bodies: ListBodyCache

  init(_ environment: ServiceEnvironment) {
    reader = CatalogReader(environment)
    writer = RepresentationWriter(compressed: environment.caches.compressedBodies)
    bodies = environment.caches.listBodies
  }

  /// - Parameter shape: the shape of the path; nil: the request itself shows it.
  func respond(
    to request: Request, _ query: Query, shape: EntryShape? = nil
  ) throws(OpenAIError) -> EventualResponse {
    let request = try ModelsRequest(request, query, shape: shape, reader.signer)
    let present = try restRead { () throws(ReadError) in try reader.present() }
    let snapshot = reader.snapshotNow(request.read, present: present)
    if let snapshot {
      if let response = try quickResponse(request, snapshot) { return .now(response) }
      if let page = try restRead({ () throws(ReadError) in try reader.listNow(request.read, of: snapshot) }),
        page.isQuick
      {
        return .now(try response(request, page))
      }
    }
    return later(request.errors) { () async throws(OpenAIError) in
      let page: CatalogPage
      do throws(ReadError) {
        page = try await reader.list(request.read, of: snapshot, for: request.caller)
      } catch {
        throw OpenAIError(error, link: request.link)
      }
      return try response(request, page)
    }
  }

  /// The answer that depends on the tag alone, for the whole list of a namespace: the snapshot determines its tag.
  private func quickResponse(_ request: ModelsRequest, _ snapshot: Snapshot) throws(OpenAIError) -> Response? {
    guard request.isComplete, !request.moves else { return nil }
    let tag = request.tag(reader.contentHash(snapshot, namespace: request.namespace), hasMore: nil)
    return try writer.quickResponse(Representation(tag: tag, shape: request.shape), request.preferences)
  }

  private func response(_ request: ModelsRequest, _ page: CatalogPage) throws(OpenAIError) -> sending Response {
    let representation = Representation(tag: tag(request, page), shape: request.shape, link: link(request, page))
    return try writer.response(representation, request.preferences) { [reader, bodies] in
      let write = {
        let body = ListBody(page: page, shape: request.shape, view: request.read.view)
        return body.body(reading: reader.readings(atRevision: request.read.atRevision))
      }
      guard request.isPlain else { return write() }
      return bodies.body(page.list.snapshot.revision, request.namespace, write)
    }
  }

  /// The tag of a page; nil where the answer changes without a change of facts.
  private func tag(_ request: ModelsRequest, _ page: CatalogPage) -> ETag? {
    if request.moves { return nil }
    // The hash of a complete list is known before the list is.
    let facts =
      request.isComplete
      ? reader.contentHash(page.list.snapshot, namespace: request.namespace) : page.list.contentHash(page.range)
    return request.tag(facts, hasMore: page.hasMore)
  }

  /// The link to the next page; nil when there is none.
  private func link(_ request: ModelsRequest, _ page: CatalogPage) -> String? {
    guard request.read.page != nil, !page.range.isEmpty, page.range.upperBound < page.list.count else { return nil }
    return request.link.text(pageToken: reader.token(after: page.range.upperBound - 1, of: page, request.read))
  }
}

extension CatalogPage {
  /// Whether an event loop may make the tag and begin the body. The hash of a whole list is at hand, and a slow body is
  /// written while it is sent.
  fileprivate var isQuick: Bool {
    range == 0..<list.count || list.isQuick(range)
  }
}

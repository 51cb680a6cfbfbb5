import Catalog
import HTTP
import HTTPTypes
import Wire

/// `GET /v1/models`: a list or a page of it, at once of what is at hand, else as a task.
struct ModelListResponder: Sendable {
  let reader: CatalogReader
  let writer: RepresentationWriter
  let bodies: ListBodyCache

  func respond(to request: Request, _ query: Query) throws(OpenAIError) -> EventualResponse {
    let request = try ModelsRequest(request, query, reader.signer)
    let present = try restRead { () throws(ReadError) in try reader.present() }
    let snapshot = reader.snapshotNow(request.read, present: present)
    if let snapshot {
      if let response = quickResponse(request, snapshot) { return .now(response) }
      if let page = try restRead({ () throws(ReadError) in try reader.listNow(request.read, of: snapshot) }) {
        if page.isQuick { return .now(response(request, page)) }
        return later(request.errors) { () async throws(OpenAIError) in response(request, page) }
      }
    }
    return later(request.errors) { () async throws(OpenAIError) in
      do throws(ReadError) {
        return response(request, try await reader.list(request.read, of: snapshot))
      } catch {
        throw OpenAIError(error, link: request.link)
      }
    }
  }

  /// The answer that the tag alone decides, for the whole list of a namespace: its tag follows from the snapshot.
  private func quickResponse(_ request: ModelsRequest, _ snapshot: Snapshot) -> Response? {
    guard request.isComplete, !request.moves else { return nil }
    let tag = request.tag(reader.contentHash(snapshot, namespace: request.namespace), hasMore: nil)
    return writer.quickResponse(Representation(tag: tag, shape: request.shape), request.preferences)
  }

  private func response(_ request: ModelsRequest, _ page: CatalogPage) -> sending Response {
    let representation = Representation(tag: tag(request, page), shape: request.shape, link: link(request, page))
    return writer.response(representation, request.preferences) { [reader, bodies] in
      let write = {
        let body = ListBody(page: page, shape: request.shape, view: request.read.view)
        return body.body(reading: reader.readings(atRevision: request.read.atRevision))
      }
      guard request.isPlain else { return write() }
      return bodies.body(page.list.snapshot.revision, request.namespace, write)
    }
  }

  /// nil where the answer moves without a fact changing.
  private func tag(_ request: ModelsRequest, _ page: CatalogPage) -> ETag? {
    if request.moves { return nil }
    // The sum of a complete list is known before the list is.
    let facts =
      request.isComplete
      ? reader.contentHash(page.list.snapshot, namespace: request.namespace) : page.list.contentHash(page.range)
    return request.tag(facts, hasMore: page.hasMore)
  }

  /// The way to the next page.
  private func link(_ request: ModelsRequest, _ page: CatalogPage) -> String? {
    guard request.read.page != nil, !page.range.isEmpty, page.range.upperBound < page.list.count else { return nil }
    return request.link.text(pageToken: reader.token(after: page.range.upperBound - 1, of: page, request.read))
  }
}

extension CatalogPage {
  /// Whether an event loop may make the tag and begin the body: a whole list has its sum at hand, and a body that takes
  /// time is written while it is sent.
  fileprivate var isQuick: Bool {
    range == 0..<list.count || list.isQuick(range)
  }
}

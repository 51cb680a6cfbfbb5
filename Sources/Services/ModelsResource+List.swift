import Catalog
import HTTP
import HTTPTypes
import Wire

extension ModelsResource {
  /// A list or a page of it: at once of what is at hand, else as a task.
  func list(_ request: Request, _ query: Query) throws(OpenAIError) -> EventualResponse {
    let asked = try ListAsked(request, query, environment.seal)
    let present = try environment.listedSnapshot()
    let revision = asked.start.revision
    let snapshot = revision == 0 ? present : environment.catalog.held(at: revision)
    if let snapshot {
      if let response = quickResponse(asked, snapshot) { return .now(response) }
      if let list = environment.catalog.listNow(asked.query.list, of: snapshot) {
        let part = try ListPart(asked, list)
        if part.isQuick { return .now(response(asked, part)) }
      }
    }
    return later(asked.errors) { [self] () async throws(OpenAIError) in
      let list = try await made(asked.query.list, of: try await past(asked, snapshot))
      // Else it may be empty because nobody waits for it.
      if Task.isCancelled { throw .overloaded("The request was cancelled.") }
      return response(asked, try ListPart(asked, list))
    }
  }

  /// What the tag alone decides, where it follows from the snapshot: of all that a namespace has.
  private func quickResponse(_ asked: ListAsked, _ snapshot: Snapshot) -> Response? {
    guard asked.query.isComplete, !asked.query.moves else { return nil }
    let tag = asked.tag(snapshot.contentHash(namespace: asked.query.read.namespace, sight: .all), hasMore: nil)
    return writer.quickResponse(Representation(tag: tag, shape: asked.query.read.shape), asked.wishes)
  }

  private func response(_ asked: ListAsked, _ part: ListPart) -> sending Response {
    let representation = Representation(tag: asked.tag(part), shape: part.shape, link: link(asked, part))
    return writer.response(representation, asked.wishes) { [environment, lists] in
      let write = { part.body(reading: environment.reading(atRevision: asked.query.read.atRevision)) }
      guard asked.query.isPlain else { return write() }
      return lists.body(part.list.snapshot.revision, asked.query.read.namespace, write)
    }
  }

  private func made(_ query: ListQuery, of snapshot: Snapshot) async throws(OpenAIError) -> ListResult {
    do throws(TooManyLists) {
      return try await environment.catalog.list(query, of: snapshot)
    } catch {
      throw .overloaded("Too many lists that take time are waiting.")
    }
  }

  /// The way to the next page; what it shows stays readable for a while.
  private func link(_ asked: ListAsked, _ part: ListPart) -> String? {
    guard asked.query.page != nil, !part.range.isEmpty, part.range.upperBound < part.list.count else { return nil }
    if asked.start.isConsistent { environment.catalog.hold(part.list.snapshot) }
    let last = part.list.position(at: part.range.upperBound - 1)
    return asked.link.text(pageToken: asked.start.next(last, of: part.list.snapshot).text(environment.seal))
  }

  /// The snapshot that is shown, made of the history unless it is known.
  private func past(_ asked: ListAsked, _ known: Snapshot?) async throws(OpenAIError) -> Snapshot {
    if let known { return known }
    guard var token = asked.start.token, case .list(let revision) = token.kind else {
      return try await environment.listedPast(at: asked.start.revision)
    }
    do throws(PastError) {
      return try await environment.catalog.past(at: revision)
    } catch {
      token.kind = .list(revision: 0)
      environment.expiredTokens.increase()
      throw .pageTokenExpired(revision, link: asked.link.text(pageToken: token.text(environment.seal)))
    }
  }
}

extension OpenAIError {
  fileprivate static func pageTokenExpired(_ revision: Int64, link: String) -> OpenAIError {
    OpenAIError(
      .gone,
      "Revision \(revision), which the pages before showed, is no longer known: start again, or go on with what is there "
        + "now by the Link of this answer.",
      param: "page_token", code: "page_token_expired", link: link)
  }
}

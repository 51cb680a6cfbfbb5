import Catalog
import HTTP
import Wire

/// A request for a list, with all that its answer needs.
struct ListAsked: Sendable {
  let query: ModelsQuery
  let start: ListStart
  let wishes: Wishes
  let link: NextLink
  let errors: ErrorForm

  init(_ request: Request, _ query: Query, _ seal: TokenSigner) throws(OpenAIError) {
    self.query = try ModelsQuery(request, query)
    start = try ListStart(self.query, seal)
    wishes = Wishes(request)
    link = NextLink(query)
    errors = ErrorForm(request)
  }

  /// nil where the answer moves without a fact changing.
  func tag(_ part: ListPart) -> ETag? {
    if query.moves { return nil }
    // That of what a complete list is made of is known before the list is.
    let facts =
      query.isComplete
      ? part.list.snapshot.contentHash(namespace: query.read.namespace, sight: .all)
      : part.list.contentHash(part.range)
    return tag(facts, hasMore: part.hasMore)
  }

  func tag(_ facts: ContentHash, hasMore: Bool?) -> ETag {
    query.isComplete && query.list.isInKeyOrder
      ? query.read.shape.tag(facts) : query.read.shape.tag(query.list, facts, hasMore: hasMore)
  }
}

extension ListStart {
  /// The same for REST.
  init(_ query: ModelsQuery, _ seal: TokenSigner) throws(OpenAIError) {
    var token: PageToken?
    if case .token(let text) = query.page?.start {
      do throws(TokenError) {
        token = try Self.token(text, query.list, atRevision: query.read.atRevision, seal)
      } catch {
        throw .invalid("'page_token' \(error.text).", param: "page_token", code: "invalid_parameter")
      }
    }
    self.query = query.list
    mark = QueryMark(query.list)
    view = query.read.view
    limit = query.page?.limit ?? .max
    atRevision = query.read.atRevision
    ifNoneMatch = ""
    self.token = token
  }
}

extension ListPart {
  init(_ asked: ListAsked, _ list: ListResult) throws(OpenAIError) {
    let read = asked.query.read
    guard let page = asked.query.page else {
      self.init(list: list, range: 0..<list.count, shape: read.shape, view: read.view, hasMore: nil)
      return
    }
    let range: Range<Int>
    var hasMore: Bool
    switch page.start {
    case .first: range = Self.range(from: 0, page.limit, list)
    case .token: range = Self.range(from: asked.start.place(in: list), page.limit, list)
    case .after(let id, let parameter):
      let first = try list.place(of: id, asked.query, parameter).upperBound
      range = Self.range(from: first, page.limit, list)
    case .before(let id):
      let end = try list.place(of: id, asked.query, "before_id").lowerBound
      range = max(0, end - page.limit)..<end
    }
    hasMore = range.upperBound < list.count
    // More in the direction in which the client goes.
    if case .before = page.start { hasMore = range.lowerBound > 0 }
    self.init(list: list, range: range, shape: read.shape, view: read.view, hasMore: hasMore)
  }

  private static func range(from first: Int, _ limit: Int, _ list: ListResult) -> Range<Int> {
    first..<min(list.count, first + limit)
  }

  /// Whether an event loop may tell the tag and begin the body: the whole of a list has its sum at hand, and what is not
  /// gathered quickly is written while it is sent.
  var isQuick: Bool {
    range == 0..<list.count || list.isQuick(range)
  }
}

extension ListResult {
  /// The place of a model, or the empty one where it would be.
  fileprivate func place(of id: String, _ query: ModelsQuery, _ parameter: String) throws(OpenAIError) -> Range<Int> {
    if let index = index(ofID: id) { return index..<index + 1 }
    guard query.list.isInKeyOrder else {
      throw .invalid(
        "'\(parameter)' names a model that is not in the list, which has another order than that of ids.",
        param: parameter, code: "invalid_parameter")
    }
    let index = start(after: ListPosition(values: [], key: ModelKey(namespace: query.read.namespace ?? "", id: id)))
    return index..<index
  }
}

import Catalog
import HTTP
import Wire

/// A request for `/v1/models`, with all that its answer needs.
struct ModelsRequest: Sendable {
  let read: ListRead
  let shape: EntryShape
  /// nil: none was named.
  let namespace: String?
  let preferences: Preferences
  let link: NextLink
  let errors: ErrorForm

  init(_ request: Request, _ query: Query, _ signer: TokenSigner) throws(OpenAIError) {
    let common = try restParameter { () throws(QueryError) in try ReadQuery(request, query) }
    var list = ListQuery(common.namespace.map { .namespace($0) } ?? .distinct(preferred: defaultNamespace))
    var page: PageRequest?
    if request.query != nil {
      let (filter, order) = try restParameter { () throws(QueryError) in
        (try query.value("filter"), try query.value("order_by"))
      }
      (list.filter, list.order) = try restRead { () throws(ReadError) in
        (try QueryText.filter(filter), try QueryText.order(order))
      }
      page = try restParameter { () throws(QueryError) in try PageRequest(query) }
    }
    read = try restRead { [list, page] () throws(ReadError) in
      try ListRead(list, view: common.view, atRevision: common.atRevision, page: page, signer)
    }
    (shape, namespace) = (common.shape, common.namespace)
    preferences = Preferences(request)
    link = NextLink(query)
    errors = ErrorForm(request)
  }

  /// Whether it is all that its namespace has, in an order that follows from it.
  var isComplete: Bool { read.page == nil && read.query.filter == nil && !read.query.order.usesRevisions }

  /// Whether it is what most clients ask for: everything, in the order and the shape that there are unless another is
  /// asked for, of the present.
  var isPlain: Bool {
    isComplete && read.query.isInKeyOrder && shape == .openAI && read.view == .basic && read.atRevision == 0
  }

  /// Whether the answer moves although no fact changes.
  var moves: Bool { read.view == .full || read.query.usesReadings }

  /// The tag of models with these facts. `hasMore`: whether a page has more to come; nil for the whole list.
  func tag(_ facts: ContentHash, hasMore: Bool?) -> ETag {
    isComplete && read.query.isInKeyOrder ? shape.tag(facts) : shape.tag(read.fingerprint, facts, hasMore: hasMore)
  }
}

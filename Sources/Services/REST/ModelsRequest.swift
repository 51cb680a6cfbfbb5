import Catalog
import HTTP
import Wire

/// A request for a list of models, with all that its answer needs.
struct ModelsRequest: Sendable {
  let read: ListRead
  let shape: EntryShape
  /// The namespace that the client names; nil when it names none.
  let namespace: String?
  let preferences: Preferences
  let link: NextLink
  let errors: ErrorForm
  let caller: Caller

  /// - Parameter shape: the shape of the path; nil: the request itself shows it.
  init(_ request: Request, _ query: Query, shape: EntryShape?, _ signer: TokenSigner) throws(OpenAIError) {
    let common = try restParameter { () throws(QueryError) in try ReadQuery(request, query, shape: shape) }
    var list = ListQuery(common.namespace.map { .namespace($0) } ?? .distinct(preferred: defaultNamespace))
    var page: PageRequest?
    if !query.parameters.isEmpty {
      let filter = try restParameter { () throws(QueryError) in try query.value("filter") }
      list.filter = try restRead { () throws(ReadError) in try QueryText.filter(filter) }
      let order = try restParameter { () throws(QueryError) in try query.value("order_by") }
      list.order = try restRead { () throws(ReadError) in try QueryText.order(order) }
      page = try restParameter { () throws(QueryError) in try PageRequest(query) }
    }
    read = try restRead { [list, page] () throws(ReadError) in
      try ListRead(list, view: common.view, atRevision: common.atRevision, page: page, signer)
    }
    self.shape = common.shape
    namespace = common.namespace
    preferences = Preferences(request, compresses: true)
    link = NextLink(query)
    errors = ErrorForm(request)
    caller = request.caller
  }

  /// Whether the request is for the whole list of its namespace, in an order that depends on facts alone.
  var isComplete: Bool { read.page == nil && read.query.filter == nil && !read.query.order.usesRevisions }

  /// Whether this is the most frequent request: the whole list of the present, in the default order and shape.
  var isPlain: Bool {
    isComplete && read.query.isInKeyOrder && shape == .openAI && read.view == .basic && read.atRevision == 0
  }

  /// Whether the answer can change without a change of facts.
  var moves: Bool { read.view == .full || read.query.usesReadings }

  /// The tag for models with these facts. `hasMore`: whether a page has more to come; nil for the whole list.
  func tag(_ facts: ContentHash, hasMore: Bool?) -> ETag {
    isComplete && read.query.isInKeyOrder ? shape.tag(facts) : shape.tag(read.fingerprint, facts, hasMore: hasMore)
  }
}

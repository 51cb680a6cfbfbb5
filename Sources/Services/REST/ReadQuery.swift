import Catalog
import HTTP
import Wire

/// The parameters of every request for models. Unknown parameters are ignored, since clients send their own.
struct ReadQuery: Hashable, Sendable {
  var shape = EntryShape.openAI
  /// The namespace that the client names; nil when it names none.
  var namespace: String?
  var view = ModelView.basic
  /// The revision to show; 0: the present.
  var atRevision: Int64 = 0

  /// - Parameter shape: the shape of the path; nil: the request itself shows it.
  init(_ request: Request, _ query: Query, shape: EntryShape? = nil) throws(QueryError) {
    if let shape { self.shape = shape } else { self.shape = try EntryShape(request, query) }
    namespace = try query.value("namespace")
    view = try query.view()
    atRevision = try query.revision("at_revision")
  }
}

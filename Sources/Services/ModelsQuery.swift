import Catalog
import HTTP
import Wire

/// Which list is asked for.
struct ModelsQuery: Hashable, Sendable {
  var read: ReadQuery
  var list: ListQuery
  /// nil: the whole list.
  var page: PageQuery?

  init(_ request: Request, _ query: Query) throws(OpenAIError) {
    do throws(QueryError) {
      read = try ReadQuery(request, query)
      let scope = read.namespace.map { ListQuery.Scope.namespace($0) } ?? .distinct(preferred: defaultNamespace)
      list = ListQuery(scope)
      guard request.query != nil else { return }
      list.filter = try query.text("filter", QueryText.filter)
      list.order = try query.text("order_by", QueryText.order) ?? .byKey
      page = try PageQuery(query)
      if read.atRevision != 0, list.usesReadings {
        throw .readings(list.order.usesReadings ? "order_by" : "filter")
      }
    } catch {
      throw .invalid(error)
    }
  }

  /// Whether it is all that its namespace has, in an order that follows from it.
  var isComplete: Bool { page == nil && list.filter == nil && !list.order.usesRevisions }

  /// Whether it is what most clients ask for: everything, in the order and the shape that there are unless another is
  /// asked for, of the present.
  var isPlain: Bool {
    isComplete && list.isInKeyOrder && read.shape == .openAI && read.view == .basic && read.atRevision == 0
  }

  /// Whether the answer moves although no fact changes.
  var moves: Bool { read.view == .full || list.usesReadings }
}

extension QueryError {
  /// Readings where there are facts alone.
  static func readings(_ parameter: String) -> QueryError {
    QueryError(parameter: parameter, problem: .text("asks for too much: " + QueryText.noReadings))
  }
}

extension Query {
  /// A `filter` or an `order_by`; nil when it is absent.
  func text<R>(_ name: String, _ parse: (String) throws(QueryTextError) -> R?) throws(QueryError) -> R? {
    guard let text = try value(name) else { return nil }
    do throws(QueryTextError) {
      return try parse(text)
    } catch {
      throw QueryError(parameter: name, problem: .text("at character \(error.position): \(error.message)"))
    }
  }
}

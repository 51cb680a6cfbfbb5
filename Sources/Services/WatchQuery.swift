import Catalog
import HTTP
import HTTPTypes
import Wire

/// What a watch over server-sent events is asked for.
struct WatchQuery: Hashable, Sendable {
  /// nil: all.
  var namespace: String?
  var view = ModelView.basic
  var filter: Filter?
  /// 0: the whole list first.
  var startRevision: Int64 = 0
  /// How often READINGS may come; nil: never.
  var readingsInterval: Duration?

  /// nil when the request is for no watch.
  init?(_ request: Request, _ query: Query) throws(OpenAIError) {
    do throws(QueryError) {
      guard try query.flag("watch") else { return nil }
      let read = try ReadQuery(request, query)
      (namespace, view) = (read.namespace, read.view)
      readingsInterval = try ReadingsInterval.parsed(query, view)
      filter = try query.text("filter", QueryText.filter)
      if filter?.usesReadings == true { throw .readings("filter") }
      for name in ["order_by", "limit", "after", "after_id", "before_id", "page_token", "at_revision"]
      where try query.value(name) != nil {
        throw QueryError(parameter: name, problem: .value("left out of a watch"))
      }
      // A client that reconnects repeats its address, and tells in the field where it stopped.
      let start = try query.value("start_revision")
      let resumed = request[.lastEventID].flatMap { $0.isEmpty ? nil : $0 }
      startRevision = try parsedRevision(resumed == nil ? "start_revision" : "Last-Event-ID", resumed ?? start)
    } catch {
      throw .invalid(error)
    }
  }
}

extension HTTPField.Name {
  static let lastEventID = HTTPField.Name("Last-Event-ID")!
}

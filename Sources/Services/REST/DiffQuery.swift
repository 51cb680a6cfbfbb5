import HTTP
import Wire

/// The parameters of `/v1/models:diff`. Unknown parameters are ignored.
struct DiffQuery: Sendable {
  var asked = DiffRequest()
  /// The largest number of differences; nil: all.
  var limit: Int?

  init(_ query: Query) throws(QueryError) {
    asked.filter = try query.value("filter") ?? ""
    asked.namespace = try query.value("namespace") ?? ""
    asked.fromRevision = try query.revision("from_revision")
    asked.fromTime = try query.time("from_time")
    asked.toRevision = try query.revision("to_revision")
    asked.toTime = try query.time("to_time")
    asked.pageToken = try query.value("after") ?? ""
    asked.view = try query.view()
    limit = try query.limit(max: .max)
  }
}

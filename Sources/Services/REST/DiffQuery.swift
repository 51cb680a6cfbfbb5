import HTTP
import Wire

/// The parameters of `/v1/models:diff`. Unknown parameters are ignored.
struct DiffQuery: Sendable {
  var request = DiffRequest()
  /// The largest number of differences; nil: all.
  var limit: Int?

  init(_ query: Query) throws(QueryError) {
    request.filter = try query.value("filter") ?? ""
    request.namespace = try query.value("namespace") ?? ""
    request.fromRevision = try query.revision("from_revision")
    request.fromTime = try query.time("from_time")
    request.toRevision = try query.revision("to_revision")
    request.toTime = try query.time("to_time")
    request.pageToken = try query.value("after") ?? ""
    request.view = try query.view()
    limit = try query.limit(max: .max)
  }
}

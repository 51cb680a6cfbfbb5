import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/v1/models:diff`: the changes between two moments of the retained history, in all namespaces unless the client
/// names a namespace.
struct DiffResource: Sendable {
  private let reader: CatalogReader

  init(_ environment: ServiceEnvironment) {
    reader = CatalogReader(environment)
  }

  var routes: [Route] {
    [
      Route(.get, "/v1/models:diff") { [self] request, _ in
        eventually { () throws(OpenAIError) in try diff(request) }
      }
    ]
  }

  private func diff(_ request: Request) throws(OpenAIError) -> EventualResponse {
    let query = try restParameter { () throws(QueryError) in try DiffQuery(Query(request.query)) }
    let read = try restRead { () throws(ReadError) in
      let read = try DiffRead(query.request, tokenField: "after", reader.signer)
      try reader.requireReady()
      return read
    }
    return later { [self] () async throws(OpenAIError) in
      do throws(ReadError) {
        return response(try await reader.difference(read), read, query)
      } catch {
        throw OpenAIError(error)
      }
    }
  }

  private func response(_ difference: CatalogDifference, _ read: DiffRead, _ query: DiffQuery) -> sending Response {
    let rest = difference.models(after: read.after)
    let models = rest.prefix(query.limit ?? rest.count)
    let hasMore = models.count < rest.count
    let opening = DiffOpening.json(
      from: difference.from, to: difference.to, totalSize: difference.models.count, hasMore: hasMore,
      lastID: models.last.map { read.token(difference, last: $0.key, reader.signer) })
    let portions = DifferencePortions(opening: opening, models, view: query.request.view)
    return Response(status: .ok, fields: .movingJSON, body: .stream(WrittenBody(portions)))
  }
}

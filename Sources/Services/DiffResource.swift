import Catalog
import HTTP
import HTTPTypes
import Wire

/// `/v1/models:diff`: what changed between two moments of the retained history, in all namespaces unless one is named.
struct DiffResource: Sendable {
  let environment: ServiceEnvironment
  private let differences: DiffReader

  init(_ environment: ServiceEnvironment) {
    self.environment = environment
    differences = DiffReader(catalog: environment.catalog)
  }

  var routes: [Route] {
    [
      Route(.get, "/v1/models:diff") { [self] request, _ in
        eventually { () throws(OpenAIError) in try diff(request) }
      }
    ]
  }

  private func diff(_ request: Request) throws(OpenAIError) -> EventualResponse {
    let query = try DiffQuery(request)
    let start = try blamed { () throws(DiffError) in try DiffStart(query.asked, environment.seal) }
    _ = try environment.listedSnapshot()
    return later { [self] () async throws(OpenAIError) in
      let found = await differences.read(start)
      return response(try blamed { () throws(DiffError) in try found.get() }, start, query)
    }
  }

  private func response(_ difference: CatalogDifference, _ start: DiffStart, _ query: DiffQuery) -> sending Response {
    let rest = difference.models(after: start.after)
    let models = rest.prefix(query.limit ?? rest.count)
    let hasMore = models.count < rest.count
    let opening = DiffOpening.json(
      from: difference.from, to: difference.to, totalSize: difference.models.count, hasMore: hasMore,
      lastID: models.last.map { start.token(difference, last: $0.key, environment.seal) })
    let portions = DifferencePortions(opening: opening, models, view: query.asked.view)
    return Response(status: .ok, fields: .movingJSON, body: .stream(WrittenBody(portions)))
  }
}

private func blamed<R>(_ body: () throws(DiffError) -> R) throws(OpenAIError) -> R {
  do throws(DiffError) {
    return try body()
  } catch {
    throw OpenAIError(error)
  }
}

extension OpenAIError {
  fileprivate init(_ error: DiffError) {
    switch error {
    case .field(let field, let text):
      let name = field == "page_token" ? "after" : field
      self = .invalid("'\(name)' \(text).", param: name, code: "invalid_parameter")
    case .filter(let error):
      self = .invalid(
        "'filter' at character \(error.position): \(error.message).", param: "filter", code: "invalid_parameter")
    case .past(let error): self.init(error)
    }
  }
}

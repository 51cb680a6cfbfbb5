import Catalog
import GRPC
import Messages
import Wire

extension CatalogAdminService {
  private static let defaultPageSize: Int32 = 100
  private static let maxPageSize: Int32 = 1_000
  /// Of a whole answer: clients refuse messages over 4 MiB.
  private static let maxPageBytes = 4_000_000

  /// A page of engines by id; each page shows the present.
  func listEngines(_ bytes: ArraySlice<UInt8>, _ call: any ServerCall) throws(Status) -> Reply {
    try admit(call)
    let request = try decoded { () throws(MalformedMessage) in try ListEnginesRequest.decode(bytes) }
    guard request.pageSize >= 0 else { throw .invalidArgument(field: "page_size", "must not be negative") }
    let limit = request.pageSize == 0 ? Self.defaultPageSize : min(request.pageSize, Self.maxPageSize)
    let mark = QueryMark(engines: request.namespace)
    let last = try last(request.pageToken, mark)
    _ = try environment.readySnapshot()
    return later { [self] () async throws(Status) in
      let namespace = request.namespace.isEmpty ? nil : request.namespace
      let engines = KnownEngines(environment, namespace: namespace)
      return .slice(page(engines, after: last, limit: Int(limit), mark)[...])
    }
  }

  func getEngine(_ bytes: ArraySlice<UInt8>, _ call: any ServerCall) throws(Status) -> Reply {
    try admit(call)
    let request = try decoded { () throws(MalformedMessage) in try GetEngineRequest.decode(bytes) }
    try check(engineID: request.id, field: "id")
    let namespace = request.namespace.isEmpty ? defaultNamespace : request.namespace
    guard let entry = environment.engine(id: request.id, namespace: namespace) else {
      // Before, nobody knows that an engine is not there.
      _ = try environment.readySnapshot()
      throw .engineNotFound(id: request.id, namespace: namespace)
    }
    return .slice(environment.message(entry).encode()[...])
  }

  private func page(_ engines: KnownEngines, after last: String?, limit: Int, _ mark: QueryMark) -> [UInt8] {
    var page = EnginePageWriter(maxBytes: Self.maxPageBytes - PageToken.maxTextCount - 100)
    var index = last.map { engines.place(after: $0) } ?? 0
    while index < engines.entries.count, page.count < limit,
      page.append(environment.message(engines.entries[index]))
    {
      index += 1
    }
    var token = ""
    if index < engines.entries.count {
      let key = ModelKey(namespace: "", id: engines.entries[index - 1].id)
      token = PageToken(.list(revision: 0), mark, last: TokenPosition(key: key)).text(environment.seal)
    }
    return page.finish(nextPageToken: token, totalSize: engines.entries.count)
  }

  /// The id of the last engine of the page before; nil for the first page.
  private func last(_ text: String, _ mark: QueryMark) throws(Status) -> String? {
    guard !text.isEmpty else { return nil }
    guard let token = PageToken(text, environment.seal) else {
      throw .invalidArgument(field: "page_token", "is not one that this server gave out")
    }
    guard token.query == mark else {
      throw .invalidArgument(field: "page_token", "belongs to another request")
    }
    return token.last.key.id
  }
}

extension QueryMark {
  /// Of a list of engines; empty: of every namespace. No list of models has this scope.
  fileprivate init(engines namespace: String) {
    self.init(scope: Part("engines " + namespace), filter: Part(""), order: Part(""))
  }
}

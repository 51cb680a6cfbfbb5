import Catalog
import GRPC
import Messages
import Wire

/// `ListEngines` and `GetEngine`.
struct EngineMethods: Sendable {
  private static let defaultPageSize: Int32 = 100
  private static let maxPageSize: Int32 = 1_000

  private let models: CatalogReader
  private let engines: EngineReader

  init(_ environment: ServiceEnvironment) {
    models = CatalogReader(environment)
    engines = EngineReader(environment)
  }

  /// Answers with a page of engines, in the order of their ids; each page shows the present.
  func list(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try ListEnginesRequest.decode(bytes) }
    guard request.pageSize >= 0 else { throw .invalidArgument(field: "page_size", "must not be negative") }
    try checkName(request.namespace, field: "namespace")
    let limit = request.pageSize == 0 ? Self.defaultPageSize : min(request.pageSize, Self.maxPageSize)
    let fingerprint = QueryFingerprint(engines: request.namespace)
    let last = try last(request.pageToken, fingerprint)
    return later { () async throws(Status) in
      let entries = engines.engines(namespace: request.namespace.isEmpty ? nil : request.namespace)
      return .slice(page(entries, after: last, limit: Int(limit), fingerprint)[...])
    }
  }

  func get(_ bytes: ArraySlice<UInt8>) throws(Status) -> Reply {
    let request = try decoded { () throws(MalformedMessage) in try GetEngineRequest.decode(bytes) }
    try checkEngineID(request.id, field: "id")
    try checkName(request.namespace, field: "namespace")
    let namespace = request.namespace.isEmpty ? defaultNamespace : request.namespace
    guard let entry = engines.engine(id: request.id, namespace: namespace) else {
      // Until the catalog is ready, the server cannot know that an engine does not exist.
      try statused { () throws(ReadError) in try models.requireReady() }
      throw .engineNotFound(id: request.id, namespace: namespace)
    }
    return .slice(engines.message(entry).encode()[...])
  }

  private func page(
    _ entries: [EngineReader.Entry], after last: String?, limit: Int, _ fingerprint: QueryFingerprint
  ) -> [UInt8] {
    var page = EnginePageWriter(maxBytes: PageSize.maxBytes - PageToken.maxTextCount - 100)
    var index = last.map { entries.place(after: $0) } ?? 0
    while index < entries.count, page.count < limit, page.append(engines.message(entries[index])) {
      index += 1
    }
    var token = ""
    if index < entries.count {
      let key = ModelKey(namespace: "", id: entries[index - 1].id)
      token = PageToken(.list(revision: 0), fingerprint, last: TokenPosition(key: key)).text(models.signer)
    }
    return page.finish(nextPageToken: token, totalSize: entries.count)
  }

  /// The id of the last engine of the previous page; nil for the first page.
  private func last(_ text: String, _ fingerprint: QueryFingerprint) throws(Status) -> String? {
    guard !text.isEmpty else { return nil }
    guard let token = PageToken(text, models.signer) else {
      throw .invalidArgument(field: "page_token", "is not one that this server gave out")
    }
    guard token.query == fingerprint else {
      throw .invalidArgument(field: "page_token", "belongs to another request")
    }
    return token.last.key.id
  }
}

func checkEngineID(_ id: String, field: String) throws(Status) {
  guard !id.isEmpty else { throw .invalidArgument(field: field, "must not be empty") }
  try checkName(id, field: field)
}

/// Throws INVALID_ARGUMENT for a name that is too long.
func checkName(_ name: String, field: String, limit: Int = NameLength.idLimit) throws(Status) {
  try statused { () throws(ReadError) in try NameLength.check(name, field: field, limit: limit) }
}

extension QueryFingerprint {
  /// The fingerprint of a list of engines; empty `namespace`: all namespaces. No list of models has the same scope.
  fileprivate init(engines namespace: String) {
    self.init(scope: Part("engines " + namespace), filter: Part(""), order: Part(""))
  }
}

package import GRPC
import Messages

/// The typed client of `rollcall.v1.ModelCatalog` and `CatalogAdmin`. Errors are `Status`.
package struct CatalogClient: Sendable {
  let transport: any ClientTransport

  package init(_ transport: any ClientTransport) {
    self.transport = transport
  }

  /// One page. Empty `namespace`: every one that the caller may see. `pageSize` 0: as the server likes it. `atRevision`
  /// 0: the present.
  package func list(
    namespace: String = "", pageSize: Int32 = 0, pageToken: String = "", view: ModelView = .basic,
    atRevision: Int64 = 0, timeout: Duration? = nil
  ) async throws -> ListPage {
    var request = ListRequest()
    request.namespace = namespace
    request.pageSize = pageSize
    request.pageToken = pageToken
    request.view = view
    request.atRevision = atRevision
    let response = try await transport.unary(
      path("ListModels"), request.encode(), options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try ListPage.decode(response.message) }
  }

  /// Every page, as one. `timeout` is for each call.
  package func listAll(
    namespace: String = "", view: ModelView = .basic, atRevision: Int64 = 0, timeout: Duration? = nil
  ) async throws -> ListPage {
    var all = try await list(
      namespace: namespace, pageSize: 10_000, view: view, atRevision: atRevision, timeout: timeout)
    while !all.nextPageToken.isEmpty {
      let next = try await list(
        namespace: namespace, pageSize: 10_000, pageToken: all.nextPageToken, view: view, atRevision: atRevision,
        timeout: timeout)
      try refuseLoop(all.nextPageToken, next.nextPageToken)
      all.models += next.models
      all.nextPageToken = next.nextPageToken
      all.totalSize = next.totalSize
      all.revision = next.revision
      all.unreachable = next.unreachable
    }
    return all
  }

  /// Empty `namespace`: the caller's own.
  package func get(
    namespace: String = "", id: String, view: ModelView = .basic, atRevision: Int64 = 0, timeout: Duration? = nil
  ) async throws -> ModelMessage {
    let request = GetRequest(namespace: namespace, id: id, view: view, atRevision: atRevision)
    let response = try await transport.unary(
      path("GetModel"), request.encode(), options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try ModelMessage.decode(response.message) }
  }

  /// `startRevision` 0: the whole list first.
  package func watch(
    namespace: String = "", view: ModelView = .basic, startRevision: Int64 = 0
  ) async throws -> WatchStream {
    var request = WatchRequest()
    request.namespace = namespace
    request.view = view
    request.startRevision = startRevision
    return WatchStream(
      try await transport.serverStreaming(path("WatchModels"), request.encode(), options: CallOptions()))
  }
}

/// A server whose token leads to the same page would be asked for ever.
func refuseLoop(_ token: String, _ next: String) throws(Status) {
  if next == token { throw Status(.internal, "the server answered a page token with itself") }
}

private func path(_ method: String) -> String {
  "/\(ServiceDescription.modelCatalog.name)/\(method)"
}

package import GRPC
import Messages

/// The typed client of `rollcall.v1.ModelCatalog`. Errors are `Status`.
package struct CatalogClient: Sendable {
  private let rpc: RPCClient
  /// The client of `CatalogAdmin` on the same connection.
  package let admin: AdminClient

  package init(_ transport: any ClientTransport) {
    rpc = RPCClient(transport, .modelCatalog)
    admin = AdminClient(transport)
  }

  /// Empty `namespace`: the caller's own.
  package func get(
    namespace: String = "", id: String, view: ModelView = .basic, atRevision: Int64 = 0, timeout: Duration? = nil
  ) async throws -> ModelMessage {
    let request = GetRequest(namespace: namespace, id: id, view: view, atRevision: atRevision)
    return try await rpc.unary("GetModel", request.encode(), timeout: timeout, ModelMessage.decode)
  }

  package func watch(_ request: WatchRequest) async throws -> WatchStream {
    WatchStream(try await rpc.serverStreaming("WatchModels", request.encode()))
  }

  /// One page.
  package func list(_ request: ListRequest, timeout: Duration? = nil) async throws -> ListPage {
    try await rpc.unary("ListModels", request.encode(), timeout: timeout, ListPage.decode)
  }

  /// Every page, as one, of at most `limit` models; all pages show one revision. `timeout` is for each call.
  ///
  /// `onExpiry` decides when the server no longer knows that revision in the middle of the list: it is called with how
  /// often that has happened. By default the status is thrown.
  package func listAll(
    _ request: ListRequest, limit: Int = .max, timeout: Duration? = nil,
    onExpiry: (Int) -> ExpiredList = { _ in .giveUp }
  ) async throws -> ListPage {
    var walk = ListWalk(request, limit: limit)
    while let next = walk.next {
      do {
        try walk.add(try await list(next, timeout: timeout))
      } catch let status as Status {
        try walk.expired(status, onExpiry)
      }
    }
    return walk.all
  }

  /// One page of the changes between two moments.
  package func diff(_ request: DiffRequest, timeout: Duration? = nil) async throws -> DiffPage {
    try await rpc.unary("DiffModels", request.encode(), timeout: timeout, DiffPage.decode)
  }

  /// Every page, as one. `timeout` is for each call.
  package func diffAll(_ request: DiffRequest, timeout: Duration? = nil) async throws -> DiffPage {
    var request = request
    if request.pageSize == 0 { request.pageSize = 10_000 }
    var all = try await diff(request, timeout: timeout)
    while !all.nextPageToken.isEmpty {
      request.pageToken = all.nextPageToken
      let next = try await diff(request, timeout: timeout)
      try refuseLoop(all.nextPageToken, next.nextPageToken)
      all.differences += next.differences
      all.nextPageToken = next.nextPageToken
    }
    return all
  }

  /// One page of the changes of replica counts, the newest first.
  package func scaleEvents(_ request: ScaleRequest, timeout: Duration? = nil) async throws -> ScalePage {
    try await rpc.unary("ListScaleEvents", request.encode(), timeout: timeout, ScalePage.decode)
  }
}

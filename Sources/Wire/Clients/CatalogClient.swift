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

  /// Reads one model. Empty `namespace`: the caller's own.
  package func get(
    namespace: String = "", id: String, view: ModelView = .basic, atRevision: Int64 = 0, timeout: Duration? = nil
  ) async throws -> ModelMessage {
    let request = GetRequest(namespace: namespace, id: id, view: view, atRevision: atRevision)
    return try await rpc.unary("GetModel", request.encode(), timeout: timeout, ModelMessage.decode)
  }

  package func watch(_ request: WatchRequest) async throws -> WatchStream {
    WatchStream(try await rpc.serverStreaming("WatchModels", request.encode()))
  }

  /// Reads one page of a list.
  package func list(_ request: ListRequest, timeout: Duration? = nil) async throws -> ListPage {
    try await rpc.unary("ListModels", request.encode(), timeout: timeout, ListPage.decode)
  }

  /// Reads every page and joins them, up to `limit` models; all pages show one revision. `timeout` applies to each
  /// call.
  ///
  /// `onExpiry` decides the reaction when the server forgets that revision in the middle of the list; its argument is
  /// the number of times that this has happened. By default the client throws the status.
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

  /// Reads one page of the changes between two moments.
  package func diff(_ request: DiffRequest, timeout: Duration? = nil) async throws -> DiffPage {
    try await rpc.unary("DiffModels", request.encode(), timeout: timeout, DiffPage.decode)
  }

  /// Reads every page of a diff and joins them. `timeout` applies to each call.
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

  /// Reads one page of the changes of replica counts, the newest first.
  package func scaleEvents(_ request: ScaleRequest, timeout: Duration? = nil) async throws -> ScalePage {
    try await rpc.unary("ListScaleEvents", request.encode(), timeout: timeout, ScalePage.decode)
  }
}

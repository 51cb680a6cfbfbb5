package import GRPC
import Messages

/// The typed client of `rollcall.v1.ModelCatalog` and `CatalogAdmin`. Errors are `Status`.
package struct CatalogClient: Sendable {
  let transport: any ClientTransport

  package init(_ transport: any ClientTransport) {
    self.transport = transport
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

  package func watch(_ request: WatchRequest) async throws -> WatchStream {
    WatchStream(
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

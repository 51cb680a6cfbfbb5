package import GRPC
import Messages

/// The typed client of `rollcall.v1.CatalogAdmin`. Errors are `Status`.
package struct AdminClient: Sendable {
  private let rpc: RPCClient

  package init(_ transport: any ClientTransport) {
    rpc = RPCClient(transport, .catalogAdmin)
  }

  /// Replaces or changes the labels that are declared for a model.
  package func setLabels(_ request: LabelsRequest, timeout: Duration? = nil) async throws -> ModelMessage {
    try await rpc.unary("SetModelLabels", request.encode(), timeout: timeout, ModelMessage.decode)
  }

  package func register(_ request: RegisterRequest, timeout: Duration? = nil) async throws -> RegisterResponse {
    try await rpc.unary("RegisterEngine", request.encode(), timeout: timeout, RegisterResponse.decode)
  }

  /// Opens a call that keeps leases alive.
  package func keepAlive() async throws -> KeepAliveCall {
    KeepAliveCall(try await rpc.bidirectional("KeepAliveEngine"))
  }

  /// Ends the leases that the request names, and returns their ids.
  package func deregister(_ request: DeregisterRequest, timeout: Duration? = nil) async throws -> [String] {
    try await rpc.unary("DeregisterEngine", request.encode(), timeout: timeout, DeregisterResponse.decode)
  }

  /// Reads one engine. Empty `namespace`: the caller's own.
  package func engine(namespace: String = "", id: String, timeout: Duration? = nil) async throws -> EngineMessage {
    let request = GetEngineRequest(namespace: namespace, id: id)
    return try await rpc.unary("GetEngine", request.encode(), timeout: timeout, EngineMessage.decode)
  }

  /// Reads every page and joins them. Empty `namespace`: all namespaces. `timeout` applies to each call.
  package func allEngines(namespace: String = "", timeout: Duration? = nil) async throws -> [EngineMessage] {
    var request = ListEnginesRequest()
    request.namespace = namespace
    request.pageSize = 1_000
    var engines: [EngineMessage] = []
    while true {
      let page = try await rpc.unary("ListEngines", request.encode(), timeout: timeout, EnginePage.decode)
      engines += page.engines
      if page.nextPageToken.isEmpty { return engines }
      try refuseLoop(request.pageToken, page.nextPageToken)
      request.pageToken = page.nextPageToken
    }
  }
}

/// One call of `KeepAliveEngine`. Errors are `Status`.
package struct KeepAliveCall: Sendable {
  private let call: any BidirectionalCall

  init(_ call: any BidirectionalCall) {
    self.call = call
  }

  /// Keeps a lease alive; returns its lifetime from then on. Throws NOT_FOUND when the lease has ended or never
  /// existed.
  package func keep(leaseID: String) async throws -> Duration {
    try await call.send(KeepAliveMessages.encodeRequest(leaseID: leaseID))
    guard let message = try await call.next() else {
      throw Status(.unavailable, "the server has ended the call")
    }
    return try decoded { () throws(MalformedMessage) in try KeepAliveMessages.decodeResponse(message) }.ttl
  }

  /// Gives up the call; the lease lives on.
  package func cancel() {
    call.cancel()
  }
}

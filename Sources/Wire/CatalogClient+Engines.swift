import GRPC
import Messages

extension CatalogClient {
  package func register(_ request: RegisterRequest, timeout: Duration? = nil) async throws -> RegisterResponse {
    let message = try await ask("RegisterEngine", request.encode(), timeout)
    return try decoded { () throws(MalformedMessage) in try RegisterResponse.decode(message) }
  }

  /// Opens a call on which leases are kept alive.
  package func keepAlive() async throws -> KeepAliveCall {
    KeepAliveCall(try await transport.bidirectional(adminPath("KeepAliveEngine"), options: CallOptions()))
  }

  /// Returns the leases that were ended.
  package func deregister(_ request: DeregisterRequest, timeout: Duration? = nil) async throws -> [String] {
    let message = try await ask("DeregisterEngine", request.encode(), timeout)
    return try decoded { () throws(MalformedMessage) in try DeregisterResponse.decode(message) }
  }

  /// Empty `namespace`: the caller's own.
  package func engine(namespace: String = "", id: String, timeout: Duration? = nil) async throws -> EngineMessage {
    let message = try await ask("GetEngine", GetEngineRequest(namespace: namespace, id: id).encode(), timeout)
    return try decoded { () throws(MalformedMessage) in try EngineMessage.decode(message) }
  }

  /// Every page, as one. Empty `namespace`: every one. `timeout` is for each call.
  package func allEngines(namespace: String = "", timeout: Duration? = nil) async throws -> [EngineMessage] {
    var request = ListEnginesRequest()
    request.namespace = namespace
    request.pageSize = 1_000
    var engines: [EngineMessage] = []
    while true {
      let message = try await ask("ListEngines", request.encode(), timeout)
      let page = try decoded { () throws(MalformedMessage) in try EnginePage.decode(message) }
      engines += page.engines
      if page.nextPageToken.isEmpty { return engines }
      try refuseLoop(request.pageToken, page.nextPageToken)
      request.pageToken = page.nextPageToken
    }
  }

  private func ask(_ method: String, _ request: [UInt8], _ timeout: Duration?) async throws -> ArraySlice<UInt8> {
    try await transport.unary(adminPath(method), request, options: CallOptions(timeout: timeout)).message
  }
}

/// One call of `KeepAliveEngine`. Errors are `Status`.
package struct KeepAliveCall: Sendable {
  private let call: any BidirectionalCall

  init(_ call: any BidirectionalCall) {
    self.call = call
  }

  /// Keeps a lease alive; how long it lives from then on. Throws NOT_FOUND when there is no such lease any more.
  package func keep(leaseID: String) async throws -> Duration {
    try await call.send(KeepAliveMessages.encodeRequest(leaseID: leaseID))
    guard let message = try await call.next() else {
      throw Status(.unavailable, "the server has ended the call")
    }
    return try decoded { () throws(MalformedMessage) in try KeepAliveMessages.decodeResponse(message) }.ttl
  }

  /// Gives up the call; the lease goes on.
  package func cancel() {
    call.cancel()
  }
}

func adminPath(_ method: String) -> String {
  "/\(ServiceDescription.catalogAdmin.name)/\(method)"
}

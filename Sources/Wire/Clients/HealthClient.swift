package import GRPC
import Messages

/// The typed client of `grpc.health.v1.Health`. Errors are `Status`.
package struct HealthClient: Sendable {
  private let rpc: RPCClient

  package init(_ transport: any ClientTransport) {
    rpc = RPCClient(transport, .health)
  }

  /// Which cluster the server says that it is; nil when it says none. Whether it serves does not matter.
  package func cluster(timeout: Duration) async throws -> String? {
    try await rpc.response("Check", HealthMessages.encodeCheck(service: ""), timeout: timeout)
      .initialMetadata["rollcall-cluster"]
  }

  /// Empty `service`: the server as a whole. NOT_FOUND for a service that the server does not know.
  package func check(service: String = "", timeout: Duration? = nil) async throws -> ServingStatus {
    try await rpc.unary(
      "Check", HealthMessages.encodeCheck(service: service), timeout: timeout, HealthMessages.decodeResponse)
  }
}

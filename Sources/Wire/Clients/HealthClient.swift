package import GRPC
import Messages

/// The typed client of `grpc.health.v1.Health`. Errors are `Status`.
package struct HealthClient: Sendable {
  private let rpc: RPCClient

  package init(_ transport: any ClientTransport) {
    rpc = RPCClient(transport, .health)
  }

  /// The cluster that the server names as its own; nil when it names none. The answer does not depend on whether it
  /// serves.
  package func cluster(timeout: Duration) async throws -> String? {
    try await rpc.response("Check", HealthMessages.encodeCheck(service: ""), timeout: timeout)
      .initialMetadata["rollcall-cluster"]
  }

  /// The status of a service. Empty `service`: the server as a whole. Throws NOT_FOUND for a service that the server
  /// does not know.
  package func check(service: String = "", timeout: Duration? = nil) async throws -> ServingStatus {
    try await rpc.unary(
      "Check", HealthMessages.encodeCheck(service: service), timeout: timeout, HealthMessages.decodeResponse)
  }
}

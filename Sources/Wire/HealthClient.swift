package import GRPC
import Messages

/// The typed client of `grpc.health.v1.Health`. Errors are `Status`.
package struct HealthClient: Sendable {
  private let transport: any ClientTransport

  package init(_ transport: any ClientTransport) {
    self.transport = transport
  }

  /// Which cluster the server says that it is; nil when it says none. Whether it serves does not matter.
  package func cluster(timeout: Duration) async throws -> String? {
    let response = try await transport.unary(
      "/\(ServiceDescription.health.name)/Check", HealthMessages.encodeCheck(service: ""),
      options: CallOptions(timeout: timeout))
    return response.initialMetadata["rollcall-cluster"]
  }

  /// Empty `service`: the server as a whole. NOT_FOUND for a service that the server does not know.
  package func check(service: String = "", timeout: Duration? = nil) async throws -> ServingStatus {
    let response = try await transport.unary(
      "/\(ServiceDescription.health.name)/Check", HealthMessages.encodeCheck(service: service),
      options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try HealthMessages.decodeResponse(response.message) }
  }
}

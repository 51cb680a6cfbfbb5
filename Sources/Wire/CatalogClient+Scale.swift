import GRPC
import Messages

extension CatalogClient {
  /// One page of what changed in numbers of replicas, the newest first.
  package func scaleEvents(_ request: ScaleRequest, timeout: Duration? = nil) async throws -> ScalePage {
    let response = try await transport.unary(
      "/\(ServiceDescription.modelCatalog.name)/ListScaleEvents", request.encode(),
      options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try ScalePage.decode(response.message) }
  }
}

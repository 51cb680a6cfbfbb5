import GRPC
import Messages

extension CatalogClient {
  /// Replaces the labels that are declared for a model. Empty `namespace`: the caller's own; empty `etag`: whatever it is.
  package func setLabels(
    _ labels: [String: String], namespace: String = "", id: String, etag: String = "", timeout: Duration? = nil
  ) async throws -> ModelMessage {
    let request = LabelsRequest(namespace: namespace, id: id, labels: labels, etag: etag)
    let response = try await transport.unary(
      adminPath("SetModelLabels"), request.encode(),
      options: CallOptions(timeout: timeout))
    return try decoded { () throws(MalformedMessage) in try ModelMessage.decode(response.message) }
  }
}

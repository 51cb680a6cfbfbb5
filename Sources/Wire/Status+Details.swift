package import Catalog
package import GRPC
package import Messages

extension Status {
  /// A status with `ErrorInfo` in its details.
  package init(_ code: Code, _ message: String, reason: String, metadata: [String: String] = [:]) {
    self.init(
      code, message, details: ErrorDetails.encode(code, message, reason: reason, metadata: metadata))
  }

  /// INVALID_ARGUMENT that blames one field of the request. `metadata`: more for programs.
  package static func invalidArgument(
    field: String, _ description: String, metadata: [String: String] = [:]
  ) -> Status {
    let message = "\(field): \(description)"
    let details = ErrorDetails.encode(
      .invalidArgument, message, reason: "INVALID_FIELD",
      metadata: metadata.merging(["field": field]) { $1 }, violations: [(field: field, description: description)])
    return Status(.invalidArgument, message, details: details)
  }

  /// NOT_FOUND for a model that is not there or not for this caller to see: the two look the same.
  package static func modelNotFound(_ key: ModelKey) -> Status {
    Status(
      .notFound, "there is no model '\(key.id)' in namespace '\(key.namespace)'", reason: "MODEL_NOT_FOUND",
      metadata: ["namespace": key.namespace, "id": key.id])
  }

  /// What a request that could not be decoded is answered with: INTERNAL for broken bytes, as grpc/doc/statuscodes.md
  /// wants it, RESOURCE_EXHAUSTED past a limit, INVALID_ARGUMENT for a value without a meaning.
  package init(_ error: MalformedMessage) {
    switch error.reason {
    case .malformed:
      self.init(.internal, "request does not parse: \(error)", reason: "MALFORMED_REQUEST")
    case .limit:
      self.init(.resourceExhausted, "request is too complex: \(error)", reason: "REQUEST_TOO_COMPLEX")
    case .value:
      self = .invalidArgument(field: error.field, error.text)
    }
  }
}

import CMessages
package import Catalog
package import GRPC
package import Messages

/// Packed `google.rpc.Status`es for `grpc-status-details-bin` (AIP-193).
package enum ErrorDetails {
  static let infoURL = "type.googleapis.com/google.rpc.ErrorInfo"
  static let domain = "rollcall"
  /// The most bytes of a text and of a value of metadata; longer ones are cut, as they repeat the request. A page token
  /// is of use as a whole alone.
  private static let textLimit = StatusMessageCoding.messageLimit
  private static let valueLimit = 256
  private static let wholeKey = "page_token"

  /// Packs an `ErrorInfo`, which every error of Rollcall carries, and a `BadRequest` when fields of the request are at
  /// fault.
  ///
  /// `reason` is in UPPER_SNAKE_CASE; together with the domain `rollcall` it identifies the error for programs.
  package static func encode(
    _ code: Status.Code, _ message: String, reason: String, metadata: [String: String] = [:],
    violations: [(field: String, description: String)] = []
  ) -> [UInt8] {
    var details = [(url: infoURL, value: errorInfo(reason, metadata))]
    if !violations.isEmpty {
      details.append((url: "type.googleapis.com/google.rpc.BadRequest", value: badRequest(violations)))
    }
    return pack(Google__Rpc__Status.self) { draft in
      draft.fields.code = Int32(code.rawValue)
      draft.fields.message = draft.text(message.shortened(toBytes: textLimit))
      draft.fields.n_details = details.count
      draft.fields.details = draft.messages(details, as: Google__Protobuf__Any.self) { draft, detail in
        draft.fields.type_url = draft.text(detail.url)
        draft.fields.value = draft.bytes(detail.value)
      }
    }
  }

  private static func errorInfo(_ reason: String, _ metadata: [String: String]) -> [UInt8] {
    pack(Google__Rpc__ErrorInfo.self) { draft in
      draft.fields.reason = draft.text(reason)
      draft.fields.domain = draft.text(domain)
      draft.fields.n_metadata = metadata.count
      draft.fields.metadata = draft.messages(sorted(metadata)) { entry, pair in
        entry.fields.key = entry.text(pair.key)
        let isWhole = pair.key == wholeKey
        entry.fields.value = entry.text(isWhole ? pair.value : pair.value.shortened(toBytes: valueLimit))
      }
    }
  }

  private static func badRequest(_ violations: [(field: String, description: String)]) -> [UInt8] {
    pack(Google__Rpc__BadRequest.self) { draft in
      draft.fields.n_field_violations = violations.count
      draft.fields.field_violations = draft.messages(violations) { draft, violation in
        draft.fields.field = draft.text(violation.field)
        draft.fields.description = draft.text(violation.description.shortened(toBytes: valueLimit))
      }
    }
  }
}

/// `google.rpc.ErrorInfo`, by which programs distinguish Rollcall's errors.
package struct ErrorInfo: Hashable, Sendable {
  /// The reason in UPPER_SNAKE_CASE.
  package var reason: String
  package var metadata: [String: String]

  package init(reason: String, metadata: [String: String] = [:]) {
    self.reason = reason
    self.metadata = metadata
  }
}

extension Status {
  /// The `ErrorInfo` in the details; nil when the server, or a proxy, sent none.
  package var info: ErrorInfo? {
    let infos = try? withDecoded(details[...], as: Google__Rpc__Status.self, limits: .response) { status in
      status.messages({ ($0.details, $0.n_details) }) { detail in
        detail.string { $0.type_url } == ErrorDetails.infoURL ? detail.bytes { $0.value } : nil
      }
    }
    return infos?.lazy.compactMap(\.self).compactMap { try? ErrorInfo.decode($0[...]) }.first
  }
}

extension ErrorInfo {
  fileprivate static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ErrorInfo? {
    try withDecoded(bytes, as: Google__Rpc__ErrorInfo.self, limits: .response) { info in
      guard info.string({ $0.domain }) == ErrorDetails.domain else { return nil }
      let metadata = info.messages({ ($0.metadata, $0.n_metadata) }) { ($0.string { $0.key }, $0.string { $0.value }) }
      return ErrorInfo(reason: info.string { $0.reason }, metadata: Dictionary(metadata) { $1 })
    }
  }
}

extension Status {
  /// A status with `ErrorInfo` in its details.
  package init(_ code: Code, _ message: String, reason: String, metadata: [String: String] = [:]) {
    self.init(
      code, message, details: ErrorDetails.encode(code, message, reason: reason, metadata: metadata))
  }

  /// INVALID_ARGUMENT for one field of the request. `metadata` holds further facts for programs.
  package static func invalidArgument(
    field: String, _ description: String, metadata: [String: String] = [:]
  ) -> Status {
    let message = "\(field): \(description)"
    let details = ErrorDetails.encode(
      .invalidArgument, message, reason: "INVALID_FIELD",
      metadata: metadata.merging(["field": field]) { $1 }, violations: [(field: field, description: description)])
    return Status(.invalidArgument, message, details: details)
  }

  /// NOT_FOUND for a model that is absent, or that the caller may not see: the two cases look the same.
  package static func modelNotFound(_ key: ModelKey) -> Status {
    Status(
      .notFound, "there is no model '\(key.id)' in namespace '\(key.namespace)'", reason: "MODEL_NOT_FOUND",
      metadata: ["namespace": key.namespace, "id": key.id])
  }

  /// The status of a request that cannot be decoded: INTERNAL for broken bytes (grpc/doc/statuscodes.md),
  /// RESOURCE_EXHAUSTED past a limit, INVALID_ARGUMENT for a value without a meaning.
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

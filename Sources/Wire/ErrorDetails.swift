import CMessages
package import GRPC
import Messages

/// Packed `google.rpc.Status`es for `grpc-status-details-bin` (AIP-193).
package enum ErrorDetails {
  static let infoURL = "type.googleapis.com/google.rpc.ErrorInfo"
  static let domain = "rollcall"

  /// `ErrorInfo`, which every error of ours carries, and `BadRequest` when fields of the request are to blame.
  ///
  /// `reason` is UPPER_SNAKE_CASE and, with the domain `rollcall`, what programs tell errors apart by.
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
      draft.fields.message = draft.text(message)
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
        entry.fields.value = entry.text(pair.value)
      }
    }
  }

  private static func badRequest(_ violations: [(field: String, description: String)]) -> [UInt8] {
    pack(Google__Rpc__BadRequest.self) { draft in
      draft.fields.n_field_violations = violations.count
      draft.fields.field_violations = draft.messages(violations) { draft, violation in
        draft.fields.field = draft.text(violation.field)
        draft.fields.description = draft.text(violation.description)
      }
    }
  }
}

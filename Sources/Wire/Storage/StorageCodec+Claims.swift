import CMessages
package import Catalog
import Messages

extension StorageCodec {
  package func encode(claims: [EngineClaim]) -> [UInt8] {
    pack(Rollcall__Storage__V1__ClaimsRecord.self) { draft in
      draft.fields.n_claims = claims.count
      draft.fields.claims = draft.messages(claims) { entry, claim in
        entry.fields.source_kind = entry.text(claim.sourceKind)
        entry.fields.source_name = entry.text(claim.sourceName)
        entry.fields.part = entry.text(claim.part)
        entry.fields.claim_id = entry.text(claim.id)
        entry.fields.omitted_minutes = claim.omittedMinutes.map { Int64($0) + 1 } ?? 0
        entry.fields.is_unprobed = claim.isProbed ? 0 : 1
        entry.fields.kind = entry.text(claim.kind)
        entry.fields.key_env = entry.text(claim.keyEnv)
        entry.fields.key_file = entry.text(claim.keyFile)
        entry.fields.has_literal_key = claim.hasLiteralKey ? 1 : 0
        entry.fields.is_draining = claim.isDraining ? 1 : 0
        entry.fields.hint_cause = claim.hintCause == .none ? 0 : Int32(claim.hintCause.rawValue)
        entry.fields.hint = entry.text(claim.hint)
        entry.fields.workload = entry.text(claim.workload)
        entry.fields.model_version = entry.text(claim.modelVersion)
        entry.fields.timeout_milliseconds = claim.timeout.map { max(1, Int64($0 / .milliseconds(1))) } ?? 0
        entry.fields.n_options = claim.options.count
        entry.fields.options = entry.messages(sorted(claim.options)) { draft, option in
          draft.fields.key = draft.text(option.key)
          draft.fields.value = draft.text(option.value)
        }
      }
    }
  }

  package func decodeClaims(_ bytes: [UInt8]) -> [EngineClaim]? {
    try? withDecoded(bytes[...], as: Rollcall__Storage__V1__ClaimsRecord.self, limits: .stored) { record in
      record.messages({ ($0.claims, $0.n_claims) }) { entry in
        let fields = entry.fields
        var claim = EngineClaim(
          sourceKind: entry.string { $0.source_kind }, sourceName: entry.string { $0.source_name },
          part: entry.string { $0.part }, id: entry.string { $0.claim_id },
          omittedMinutes: fields.omitted_minutes > 0 ? Int(fields.omitted_minutes - 1) : nil,
          isProbed: fields.is_unprobed == 0)
        claim.kind = entry.string { $0.kind }
        claim.keyEnv = entry.string { $0.key_env }
        claim.keyFile = entry.string { $0.key_file }
        claim.hasLiteralKey = fields.has_literal_key != 0
        claim.isDraining = fields.is_draining != 0
        claim.hintCause = StateCause(stored: fields.hint_cause) ?? .none
        claim.hint = entry.string { $0.hint }
        claim.workload = entry.string { $0.workload }
        claim.modelVersion = entry.string { $0.model_version }
        let timeout = entry.fields.timeout_milliseconds
        claim.timeout = timeout > 0 ? .milliseconds(timeout) : nil
        let options = entry.messages({ ($0.options, $0.n_options) }) { ($0.string { $0.key }, $0.string { $0.value }) }
        claim.options = Dictionary(options) { $1 }
        return claim
      }
    }
  }
}

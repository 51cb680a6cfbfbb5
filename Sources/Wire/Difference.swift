import CMessages
package import Catalog
import Messages

/// One `ModelDifference` as it is sent.
///
/// Nobody remembers what engines told in the past, so view FULL has no readings here, nor `observed_at`.
package enum Difference {
  /// One element of `DiffModelsResponse.differences`.
  package static func encodeElement(
    _ difference: ModelDifference, view: ModelView
  ) -> [UInt8] {
    pack(Rollcall__V1__ModelDifference.self, header: .field(1)) { draft in
      draft.fields.type = Rollcall__V1__WatchEventType(UInt32(difference.kind.rawValue))
      if let before = difference.before { draft.fields.before = draft.message { fill($0, before, view) } }
      if let after = difference.after { draft.fields.after = draft.message { fill($0, after, view) } }
    }
  }

  private static func fill(_ draft: borrowing MessageDraft<Rollcall__V1__Model>, _ model: Model, _ view: ModelView) {
    Wire.fill(draft, model)
    if view == .full { fillReplicas(draft, model) { _ in nil } }
  }
}

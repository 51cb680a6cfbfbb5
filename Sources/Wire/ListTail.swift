import CMessages
import Messages

/// What follows the elements in a `ListModelsResponse`: its fields from the second on.
package enum ListTail {
  package static func encode(
    nextPageToken: String = "", totalSize: Int = 0, revision: Int64 = 0, unreachable: [String] = [], etag: String = "",
    notModified: Bool = false
  ) -> [UInt8] {
    pack(Rollcall__V1__ListModelsResponse.self) { draft in
      draft.fields.next_page_token = draft.text(nextPageToken)
      draft.fields.total_size = Int32(clamping: totalSize)
      draft.fields.revision = revision
      draft.fields.n_unreachable = unreachable.count
      draft.fields.unreachable = draft.texts(unreachable)
      draft.fields.etag = draft.text(etag)
      draft.fields.not_modified = notModified ? 1 : 0
    }
  }
}

import CMessages
package import Catalog
import Messages

/// One of the two moments that a diff compares.
package struct DiffMark: Hashable, Sendable {
  package var revision: Int64
  /// When that revision was committed.
  package var time: Timestamp

  package init(revision: Int64, time: Timestamp) {
    self.revision = revision
    self.time = time
  }
}

/// What follows the elements in a `DiffModelsResponse`: its fields from the second on.
package enum DiffTail {
  package static func encode(
    nextPageToken: String = "", totalSize: Int, from: DiffMark, to: DiffMark
  ) -> [UInt8] {
    pack(Rollcall__V1__DiffModelsResponse.self) { draft in
      draft.fields.next_page_token = draft.text(nextPageToken)
      draft.fields.total_size = Int32(clamping: totalSize)
      draft.fields.from_revision = from.revision
      draft.fields.from_time = timestamp(draft, from.time)
      draft.fields.to_revision = to.revision
      draft.fields.to_time = timestamp(draft, to.time)
    }
  }
}

import CMessages
package import Catalog
import Messages

/// What follows the elements in a `DiffModelsResponse`: its fields from the second on.
package enum DiffTail {
  package static func encode(
    nextPageToken: String = "", totalSize: Int, from: RevisionMark, to: RevisionMark
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

/// What stands before the differences in the body of `/v1/models:diff`.
package enum DiffOpening {
  /// `lastID` is what `after` takes for the next page.
  package static func json(from: RevisionMark, to: RevisionMark, totalSize: Int, hasMore: Bool, lastID: String?) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.member("object", "diff")
      json.member("from_revision", from.revision)
      json.member("from_time", from.time.rfc3339)
      json.member("to_revision", to.revision)
      json.member("to_time", to.time.rfc3339)
      json.member("total_size", Int64(totalSize))
      json.key("has_more")
      json.raw(Array((hasMore ? "true" : "false").utf8)[...])
      json.member("last_id", lastID)
      json.key("data")
      json.array { _ in }
    }
    // The two closing brackets follow the differences.
    return json.bytes.dropLast(2)
  }
}

import CMessages
package import Catalog
package import Messages

/// `DiffModelsRequest`.
package struct DiffRequest: Hashable, Sendable {
  package var namespace = ""
  /// 0 is none, as `nil` is of the times.
  package var fromRevision: Int64 = 0
  package var fromTime: Timestamp?
  package var toRevision: Int64 = 0
  package var toTime: Timestamp?
  package var pageSize: Int32 = 0
  package var pageToken = ""
  package var filter = ""
  package var view = ModelView.basic

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> DiffRequest {
    try withDecoded(bytes, as: Rollcall__V1__DiffModelsRequest.self) { message throws(MalformedMessage) in
      var request = DiffRequest()
      let fields = message.fields
      request.namespace = message.string { $0.namespace_ }
      request.fromRevision = fields.from_revision
      request.fromTime = try message.message({ $0.from_time }) { RawTimestamp($0) }?.checked(field: "from_time")
      request.toRevision = fields.to_revision
      request.toTime = try message.message({ $0.to_time }) { RawTimestamp($0) }?.checked(field: "to_time")
      request.pageSize = fields.page_size
      request.pageToken = message.string { $0.page_token }
      request.filter = message.string { $0.filter }
      request.view = try ModelView(fields.view)
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__DiffModelsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.from_revision = fromRevision
      if let fromTime { draft.fields.from_time = timestamp(draft, fromTime) }
      draft.fields.to_revision = toRevision
      if let toTime { draft.fields.to_time = timestamp(draft, toTime) }
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
      draft.fields.filter = draft.text(filter)
      draft.fields.view = view.message
    }
  }
}

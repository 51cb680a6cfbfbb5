import CMessages
package import Messages

/// `ListModelsRequest`.
package struct ListRequest: Hashable, Sendable {
  package var namespace = ""
  package var pageSize: Int32 = 0
  package var pageToken = ""
  package var filter = ""
  package var orderBy = ""
  package var view = ModelView.basic
  package var atRevision: Int64 = 0
  package var ifNoneMatch = ""

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ListRequest {
    try withDecoded(bytes, as: Rollcall__V1__ListModelsRequest.self) { message throws(MalformedMessage) in
      var request = ListRequest()
      let fields = message.fields
      request.namespace = message.string { $0.namespace_ }
      request.pageSize = fields.page_size
      request.pageToken = message.string { $0.page_token }
      request.filter = message.string { $0.filter }
      request.orderBy = message.string { $0.order_by }
      request.view = try ModelView(fields.view)
      request.atRevision = fields.at_revision
      request.ifNoneMatch = message.string { $0.if_none_match }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListModelsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
      draft.fields.filter = draft.text(filter)
      draft.fields.order_by = draft.text(orderBy)
      draft.fields.view = view.message
      draft.fields.at_revision = atRevision
      draft.fields.if_none_match = draft.text(ifNoneMatch)
    }
  }
}

import CMessages
package import Messages

/// `ListScaleEventsRequest`.
package struct ScaleRequest: Hashable, Sendable {
  package var namespace = ""
  package var id = ""
  package var pageSize: Int32 = 0
  package var pageToken = ""

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ScaleRequest {
    try withDecoded(bytes, as: Rollcall__V1__ListScaleEventsRequest.self) { message in
      var request = ScaleRequest()
      request.namespace = message.string { $0.namespace_ }
      request.id = message.string { $0.id }
      request.pageSize = message.fields.page_size
      request.pageToken = message.string { $0.page_token }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListScaleEventsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.id = draft.text(id)
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
    }
  }
}

import CMessages
package import Messages

/// `ListEnginesRequest`.
package struct ListEnginesRequest: Hashable, Sendable {
  package var namespace = ""
  package var pageSize: Int32 = 0
  package var pageToken = ""

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ListEnginesRequest {
    try withDecoded(bytes, as: Rollcall__V1__ListEnginesRequest.self) { message in
      var request = ListEnginesRequest()
      request.namespace = message.string { $0.namespace_ }
      request.pageSize = message.fields.page_size
      request.pageToken = message.string { $0.page_token }
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListEnginesRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
    }
  }
}

/// `GetEngineRequest`.
package struct GetEngineRequest: Hashable, Sendable {
  package var namespace = ""
  package var id: String

  package init(namespace: String = "", id: String) {
    self.namespace = namespace
    self.id = id
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> GetEngineRequest {
    try withDecoded(bytes, as: Rollcall__V1__GetEngineRequest.self) { message in
      GetEngineRequest(namespace: message.string { $0.namespace_ }, id: message.string { $0.id })
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__GetEngineRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.id = draft.text(id)
    }
  }
}

import CMessages
package import Messages

/// `GetModelRequest`.
package struct GetRequest: Hashable, Sendable {
  package var namespace = ""
  package var id: String
  package var view = ModelView.basic
  package var atRevision: Int64 = 0

  package init(namespace: String = "", id: String, view: ModelView = .basic, atRevision: Int64 = 0) {
    self.namespace = namespace
    self.id = id
    self.view = view
    self.atRevision = atRevision
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> GetRequest {
    try withDecoded(bytes, as: Rollcall__V1__GetModelRequest.self) { message throws(MalformedMessage) in
      let fields = message.fields
      return GetRequest(
        namespace: message.string { $0.namespace_ }, id: message.string { $0.id }, view: try ModelView(fields.view),
        atRevision: fields.at_revision)
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__GetModelRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.id = draft.text(id)
      draft.fields.view = view.message
      draft.fields.at_revision = atRevision
    }
  }
}

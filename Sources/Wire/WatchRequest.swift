import CMessages
package import Messages

/// `WatchModelsRequest`.
package struct WatchRequest: Hashable, Sendable {
  package var namespace = ""
  package var filter = ""
  package var view = ModelView.basic
  package var startRevision: Int64 = 0
  /// How often READINGS may come; nil: never.
  package var readingsInterval: Duration?

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> WatchRequest {
    try withDecoded(bytes, as: Rollcall__V1__WatchModelsRequest.self) { message throws(MalformedMessage) in
      var request = WatchRequest()
      let fields = message.fields
      request.namespace = message.string { $0.namespace_ }
      request.filter = message.string { $0.filter }
      request.view = try ModelView(fields.view)
      request.startRevision = fields.start_revision
      request.readingsInterval = message.message({ $0.readings_interval }, duration)
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__WatchModelsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.filter = draft.text(filter)
      draft.fields.view = view.message
      draft.fields.start_revision = startRevision
      if let readingsInterval { draft.fields.readings_interval = duration(draft, readingsInterval) }
    }
  }
}

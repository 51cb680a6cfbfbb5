import CMessages
package import Catalog
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

/// `ListScaleEventsResponse`.
package struct ScalePage: Hashable, Sendable {
  package var events: [ScaleEvent]
  package var nextPageToken: String

  package init(events: [ScaleEvent], nextPageToken: String = "") {
    self.events = events
    self.nextPageToken = nextPageToken
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__ListScaleEventsResponse.self) { draft in
      draft.fields.n_events = events.count
      draft.fields.events = draft.messages(events) { draft, event in
        draft.fields.namespace_ = draft.text(event.key.namespace)
        draft.fields.id = draft.text(event.key.id)
        draft.fields.type = Rollcall__V1__ScaleEventType(UInt32(event.kind.rawValue))
        draft.fields.from_replicas = Int32(clamping: event.from)
        draft.fields.to_replicas = Int32(clamping: event.to)
        draft.fields.reason = draft.text(event.reason)
        draft.fields.time = timestamp(draft, event.time)
        draft.fields.revision = event.revision
      }
      draft.fields.next_page_token = draft.text(nextPageToken)
    }
  }

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> ScalePage {
    try withDecoded(bytes, as: Rollcall__V1__ListScaleEventsResponse.self, limits: .response) { message in
      let events = message.messages({ ($0.events, $0.n_events) }) { event in
        ScaleEvent(
          key: ModelKey(namespace: event.string { $0.namespace_ }, id: event.string { $0.id }),
          from: Int(event.fields.from_replicas), to: Int(event.fields.to_replicas),
          reason: event.string { $0.reason },
          time: event.message({ $0.time }, timestamp) ?? Timestamp(microseconds: 0), revision: event.fields.revision)
      }
      return ScalePage(events: events, nextPageToken: message.string { $0.next_page_token })
    }
  }
}

import CMessages
package import Catalog
package import Messages

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

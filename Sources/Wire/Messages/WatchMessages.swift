import CMessages
package import Catalog
package import Messages

/// `WatchModelsRequest`.
package struct WatchRequest: Hashable, Sendable {
  package var namespace = ""
  package var filter = ""
  package var view = ModelView.basic
  package var startRevision: Int64 = 0
  /// The shortest interval between READINGS; nil: the client wants none.
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

/// `WatchModelsResponse`.
package struct WatchEvent: Hashable, Sendable {
  package var kind: EventKind
  /// The key of the model; nil for SYNCED and RESET.
  package var key: ModelKey?
  /// The model of ADDED and MODIFIED; nil otherwise.
  package var model: ModelMessage?
  /// The readings of READINGS; nil otherwise.
  package var readings: ReadingsMessage?
  /// A revision from which the client can resume; 0 when it cannot.
  package var revision: Int64

  package init(
    kind: EventKind, key: ModelKey? = nil, model: ModelMessage? = nil, readings: ReadingsMessage? = nil, revision: Int64
  ) {
    self.kind = kind
    self.key = key
    self.model = model
    self.readings = readings
    self.revision = revision
  }

  /// Decodes an event; nil for a type that is unknown to this program, which a watcher may skip.
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> WatchEvent? {
    try withDecoded(bytes, as: Rollcall__V1__WatchModelsResponse.self, limits: .response) {
      message throws(MalformedMessage) in
      let number = message.fields.type.rawValue
      guard let kind = UInt8(exactly: number).flatMap(EventKind.init(rawValue:)) else { return nil }
      var event = WatchEvent(kind: kind, revision: message.fields.revision)
      switch kind {
      case .added, .modified:
        guard let model = message.message({ $0.model }, { ModelMessage($0) }) ?? nil else { throw unknownValue }
        event.key = model.model.key
        event.model = model
      case .removed:
        event.key = message.message({ $0.model }) { ModelKey($0) }
      case .readings:
        event.key = message.message({ $0.model }) { ModelKey($0) }
        event.readings = message.message({ $0.model }) { ReadingsMessage($0) }
      case .synced, .reset:
        break
      }
      return event
    }
  }
}

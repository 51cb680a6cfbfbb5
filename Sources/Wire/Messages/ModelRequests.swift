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

/// `SetModelLabelsRequest`.
package struct LabelsRequest: Hashable, Sendable {
  package var namespace = ""
  package var id: String
  package var labels: [String: String] = [:]
  package var etag = ""
  /// The names of declared labels to remove, while the others stay; nil: `labels` is the complete set.
  package var removed: [String]?

  package init(
    namespace: String = "", id: String, labels: [String: String] = [:], removed: [String]? = nil, etag: String = ""
  ) {
    self.namespace = namespace
    self.id = id
    self.labels = labels
    self.removed = removed
    self.etag = etag
  }

  /// Decodes the request. Of several labels of the same name the last counts, as in any map.
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> LabelsRequest {
    try withDecoded(bytes, as: Rollcall__V1__SetModelLabelsRequest.self) { message in
      let labels = message.messages({ ($0.labels, $0.n_labels) }) { ($0.string { $0.key }, $0.string { $0.value }) }
      let removed = message.strings { ($0.removed_labels, $0.n_removed_labels) }
      return LabelsRequest(
        namespace: message.string { $0.namespace_ }, id: message.string { $0.id }, labels: Dictionary(labels) { $1 },
        removed: message.fields.keep_others != 0 ? removed : nil, etag: message.string { $0.etag })
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__SetModelLabelsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.id = draft.text(id)
      draft.fields.n_labels = labels.count
      draft.fields.labels = draft.messages(sorted(labels)) { entry, label in
        entry.fields.key = entry.text(label.key)
        entry.fields.value = entry.text(label.value)
      }
      draft.fields.etag = draft.text(etag)
      guard let removed else { return }
      draft.fields.keep_others = 1
      draft.fields.n_removed_labels = removed.count
      draft.fields.removed_labels = draft.texts(removed)
    }
  }
}

/// The part of a model that a caller asks for. UNSPECIFIED means BASIC.
package enum ModelView: UInt32, Hashable, Sendable {
  case basic = 1
  /// The model with its replicas and readings.
  case full = 2

  init(_ view: Rollcall__V1__ModelView) throws(MalformedMessage) {
    switch view {
    case ROLLCALL__V1__MODEL_VIEW__MODEL_VIEW_UNSPECIFIED, ROLLCALL__V1__MODEL_VIEW__BASIC:
      self = .basic
    case ROLLCALL__V1__MODEL_VIEW__FULL:
      self = .full
    default:
      throw MalformedMessage(.value, "there is no view \(view.rawValue)", field: "view")
    }
  }

  var message: Rollcall__V1__ModelView { Rollcall__V1__ModelView(rawValue) }
}

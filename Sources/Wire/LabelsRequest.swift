import CMessages
package import Messages

/// `SetModelLabelsRequest`.
package struct LabelsRequest: Hashable, Sendable {
  package var namespace = ""
  package var id: String
  package var labels: [String: String] = [:]
  package var etag = ""

  package init(namespace: String = "", id: String, labels: [String: String] = [:], etag: String = "") {
    self.namespace = namespace
    self.id = id
    self.labels = labels
    self.etag = etag
  }

  /// Of several labels of one name the last one counts, as of any map.
  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> LabelsRequest {
    try withDecoded(bytes, as: Rollcall__V1__SetModelLabelsRequest.self) { message in
      let labels = message.messages({ ($0.labels, $0.n_labels) }) { ($0.string { $0.key }, $0.string { $0.value }) }
      return LabelsRequest(
        namespace: message.string { $0.namespace_ }, id: message.string { $0.id }, labels: Dictionary(labels) { $1 },
        etag: message.string { $0.etag })
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
    }
  }
}

import CMessages
package import Catalog
package import Messages

/// `DiffModelsRequest`.
package struct DiffRequest: Hashable, Sendable {
  package var namespace = ""
  /// 0 means that no revision is given, as nil means that no time is.
  package var fromRevision: Int64 = 0
  package var fromTime: Timestamp?
  package var toRevision: Int64 = 0
  package var toTime: Timestamp?
  package var pageSize: Int32 = 0
  package var pageToken = ""
  package var filter = ""
  package var view = ModelView.basic

  package init() {}

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> DiffRequest {
    try withDecoded(bytes, as: Rollcall__V1__DiffModelsRequest.self) { message throws(MalformedMessage) in
      var request = DiffRequest()
      let fields = message.fields
      request.namespace = message.string { $0.namespace_ }
      request.fromRevision = fields.from_revision
      request.fromTime = try message.message({ $0.from_time }) { RawTimestamp($0) }?.checked(field: "from_time")
      request.toRevision = fields.to_revision
      request.toTime = try message.message({ $0.to_time }) { RawTimestamp($0) }?.checked(field: "to_time")
      request.pageSize = fields.page_size
      request.pageToken = message.string { $0.page_token }
      request.filter = message.string { $0.filter }
      request.view = try ModelView(fields.view)
      return request
    }
  }

  package func encode() -> [UInt8] {
    pack(Rollcall__V1__DiffModelsRequest.self) { draft in
      draft.fields.namespace_ = draft.text(namespace)
      draft.fields.from_revision = fromRevision
      if let fromTime { draft.fields.from_time = timestamp(draft, fromTime) }
      draft.fields.to_revision = toRevision
      if let toTime { draft.fields.to_time = timestamp(draft, toTime) }
      draft.fields.page_size = pageSize
      draft.fields.page_token = draft.text(pageToken)
      draft.fields.filter = draft.text(filter)
      draft.fields.view = view.message
    }
  }
}

/// `ModelDifference`, as another server sent it.
package struct DifferenceMessage: Hashable, Sendable {
  /// ADDED, MODIFIED or REMOVED.
  package var kind: EventKind
  package var key: ModelKey
  /// The model before the change; nil for ADDED.
  package var before: ModelMessage?
  /// The model after the change; nil for REMOVED.
  package var after: ModelMessage?
}

/// `DiffModelsResponse`.
package struct DiffPage: Hashable, Sendable {
  package var differences: [DifferenceMessage]
  /// The token of the next page; empty on the last page.
  package var nextPageToken: String
  /// The number of differences in the whole diff.
  package var totalSize: Int
  package var from: RevisionMark
  package var to: RevisionMark

  package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedMessage) -> DiffPage {
    try withDecoded(bytes, as: Rollcall__V1__DiffModelsResponse.self, limits: .response) {
      message throws(MalformedMessage) in
      let differences = message.messages({ ($0.differences, $0.n_differences) }) { DifferenceMessage($0) }
      let known = differences.compactMap(\.self)
      guard known.count == differences.count else { throw unknownValue }
      let epoch = Timestamp(microseconds: 0)
      return DiffPage(
        differences: known, nextPageToken: message.string { $0.next_page_token },
        totalSize: Int(message.fields.total_size),
        from: RevisionMark(
          revision: message.fields.from_revision, time: message.message({ $0.from_time }, timestamp) ?? epoch),
        to: RevisionMark(
          revision: message.fields.to_revision, time: message.message({ $0.to_time }, timestamp) ?? epoch))
    }
  }
}

extension DifferenceMessage {
  /// nil when the type, or a model's kind or state, is unknown to this program, or when a model is missing.
  fileprivate init?(_ message: borrowing MessageView<Rollcall__V1__ModelDifference>) {
    guard let kind = UInt8(exactly: message.fields.type.rawValue).flatMap(EventKind.init(rawValue:)) else {
      return nil
    }
    let before = message.message({ $0.before }) { ModelMessage($0) } ?? nil
    let after = message.message({ $0.after }) { ModelMessage($0) } ?? nil
    switch kind {
    case .added, .modified, .removed: break
    case .synced, .reset, .readings: return nil
    }
    guard (before == nil) == (kind == .added), (after == nil) == (kind == .removed),
      let key = (after ?? before)?.model.key
    else { return nil }
    self.init(kind: kind, key: key, before: before, after: after)
  }
}

/// Encodes one `ModelDifference`.
///
/// History holds facts alone, so view FULL has neither readings nor `observed_at` here.
package enum Difference {
  /// One element of `DiffModelsResponse.differences`.
  package static func encodeElement(
    _ difference: ModelDifference, view: ModelView
  ) -> [UInt8] {
    pack(Rollcall__V1__ModelDifference.self, header: .field(1)) { draft in
      draft.fields.type = Rollcall__V1__WatchEventType(UInt32(difference.kind.rawValue))
      if let before = difference.before { draft.fields.before = draft.message { fill($0, before, view) } }
      if let after = difference.after { draft.fields.after = draft.message { fill($0, after, view) } }
    }
  }

  private static func fill(_ draft: borrowing MessageDraft<Rollcall__V1__Model>, _ model: Model, _ view: ModelView) {
    Wire.fill(draft, model)
    if view == .full { fillReplicas(draft, model) { _ in nil } }
  }
}

/// The fields that follow the elements in a `DiffModelsResponse`: the second field and all later fields.
package enum DiffTail {
  package static func encode(
    nextPageToken: String = "", totalSize: Int, from: RevisionMark, to: RevisionMark
  ) -> [UInt8] {
    pack(Rollcall__V1__DiffModelsResponse.self) { draft in
      draft.fields.next_page_token = draft.text(nextPageToken)
      draft.fields.total_size = Int32(clamping: totalSize)
      draft.fields.from_revision = from.revision
      draft.fields.from_time = timestamp(draft, from.time)
      draft.fields.to_revision = to.revision
      draft.fields.to_time = timestamp(draft, to.time)
    }
  }
}

import CMessages
package import Catalog
package import Messages

/// `ModelDifference`, as another server told it.
package struct DifferenceMessage: Hashable, Sendable {
  /// ADDED, MODIFIED or REMOVED.
  package var kind: EventKind
  package var key: ModelKey
  /// nil when ADDED.
  package var before: ModelMessage?
  /// nil when REMOVED.
  package var after: ModelMessage?
}

/// `DiffModelsResponse`.
package struct DiffPage: Hashable, Sendable {
  package var differences: [DifferenceMessage]
  /// Empty on the last page.
  package var nextPageToken: String
  /// Number of differences in the whole diff.
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
        to: RevisionMark(revision: message.fields.to_revision, time: message.message({ $0.to_time }, timestamp) ?? epoch))
    }
  }
}

extension DifferenceMessage {
  /// nil when it is of a type, or a model of a kind or state, that is not known here, or lacks a model.
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

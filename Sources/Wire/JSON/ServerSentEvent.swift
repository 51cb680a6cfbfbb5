package import Catalog

/// One event of `GET /v1/models?watch=true` (WHATWG HTML, server-sent events), with its closing empty line.
package enum ServerSentEvent {
  /// Encodes an event. `json` is the model's entry, which has no line break; nil for SYNCED and RESET.
  ///
  /// RESET has an empty `id`, so that a client forgets its `Last-Event-ID` until the list is complete. Any other event
  /// of revision 0 has no `id`, since 0 must not become the client's `Last-Event-ID`.
  package static func encode(_ kind: EventKind, json: ArraySlice<UInt8>?, revision: Int64) -> [UInt8] {
    var bytes = opening(kind, revision: revision, hasModel: json != nil)
    bytes.reserveCapacity(bytes.count + (json?.count ?? 0) + closing.count)
    if let json { bytes.append(contentsOf: json) }
    bytes.append(contentsOf: closing)
    return bytes
  }

  /// The text of an event before the model's entry.
  package static func opening(_ kind: EventKind, revision: Int64, hasModel: Bool) -> [UInt8] {
    let id = kind == .reset ? "id:\n" : revision == 0 ? "" : "id: \(revision)\n"
    let model = hasModel ? #","model":"# : ""
    return Array(
      "\(id)event: \(kind.name)\ndata: {\"type\":\"\(kind.name)\",\"revision\":\(revision)\(model)".utf8)
  }

  /// The text of an event after the model's entry.
  package static let closing = Array("}\n\n".utf8)
}

package import Catalog

/// One event of `GET /v1/models?watch=true` (WHATWG HTML, server-sent events), with its closing empty line.
package enum ServerSentEvent {
  /// `json` is the model's entry, which holds no line break; nil for SYNCED and RESET. Revision 0 has no `id`: it must
  /// not become the client's `Last-Event-ID`.
  package static func encode(_ kind: EventKind, json: [UInt8]?, revision: Int64) -> [UInt8] {
    var data = JSONWriter()
    data.object { data in
      data.member("type", kind.name)
      data.member("revision", revision)
      if let json {
        data.key("model")
        data.raw(json[...])
      }
    }
    var bytes = [UInt8]()
    bytes.reserveCapacity(data.bytes.count + 64)
    if revision != 0 { bytes.append(contentsOf: "id: \(revision)\n".utf8) }
    bytes.append(contentsOf: "event: \(kind.name)\ndata: ".utf8)
    bytes.append(contentsOf: data.bytes)
    bytes.append(contentsOf: "\n\n".utf8)
    return bytes
  }
}

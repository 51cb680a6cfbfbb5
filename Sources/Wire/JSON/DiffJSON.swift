package import Catalog

/// The opening of the body of `/v1/models:diff`.
package enum DiffOpening {
  /// The opening as JSON. `lastID` is the value of `after` for the next page; nil when there is none.
  package static func json(from: RevisionMark, to: RevisionMark, totalSize: Int, hasMore: Bool, lastID: String?)
    -> [UInt8]
  {
    var json = JSONWriter()
    json.object { json in
      json.member("object", "diff")
      json.member("from_revision", from.revision)
      json.member("from_time", from.time.rfc3339)
      json.member("to_revision", to.revision)
      json.member("to_time", to.time.rfc3339)
      json.member("total_size", Int64(totalSize))
      json.key("has_more")
      json.raw(Array((hasMore ? "true" : "false").utf8)[...])
      json.member("last_id", lastID)
      json.key("data")
      json.array { _ in }
    }
    // The two closing brackets follow the differences.
    return json.bytes.dropLast(2)
  }
}

/// One element of the list in `/v1/models:diff`, written a portion at a time. Its models look as they do in
/// `/v1/models`.
///
/// History holds facts alone, so view FULL has neither readings nor `observed_at` here.
package struct DifferenceEntry {
  private let difference: ModelDifference
  private let view: ModelView
  private var part = Part.before
  /// The model in view FULL that is partly written; nil when there is none.
  private var model: FullEntry?

  private enum Part {
    case before, after
  }

  package init(_ difference: ModelDifference, view: ModelView) {
    self.difference = difference
    self.view = view
  }

  /// Appends the next portion; false when it was the last.
  package mutating func append(to bytes: inout [UInt8]) -> Bool {
    if model == nil { begin(&bytes) }
    if model?.append(to: &bytes) == true { return true }
    model = nil
    switch part {
    case .before:
      part = .after
      return true
    case .after:
      bytes.append(UInt8(ascii: "}"))
      return false
    }
  }

  /// Writes up to the replicas of the part's model.
  private mutating func begin(_ bytes: inout [UInt8]) {
    let shown = part == .before ? difference.before : difference.after
    if part == .before {
      bytes.append(contentsOf: #"{"type":""#.utf8)
      bytes.append(contentsOf: difference.kind.name.utf8)
      bytes.append(contentsOf: #"","before":"#.utf8)
    } else {
      bytes.append(contentsOf: #","after":"#.utf8)
    }
    guard let shown else { return bytes.append(contentsOf: "null".utf8) }
    let basic = basicJSON(shown)
    if view == .full {
      model = FullEntry(shown, basic: basic[...]) { _ in nil }
    } else {
      bytes.append(contentsOf: basic)
    }
  }
}

extension Difference {
  /// The JSON of a whole element.
  package static func json(_ difference: ModelDifference, view: ModelView) -> [UInt8] {
    var entry = DifferenceEntry(difference, view: view)
    var bytes = [UInt8]()
    while entry.append(to: &bytes) {}
    return bytes
  }
}

internal import Catalog
internal import Wire

/// The table of differences between two revisions.
struct DiffTable {
  private let differences: [DifferenceMessage]

  init(_ differences: [DifferenceMessage]) {
    self.differences = differences
  }

  func text(colored: Bool) -> String {
    guard !differences.isEmpty else { return "no changes\n" }
    let showsNamespaces = Set(differences.map(\.key.namespace)).count > 1
    var columns: [TextTable.Column] = [
      .init(title: "CHANGE"), .init(title: "STATE"), .init(title: "REPLICAS"), .init(title: "ID"),
      .init(title: "FIELDS"),
    ]
    if showsNamespaces { columns.insert(.init(title: "NAMESPACE"), at: 4) }
    var table = TextTable(columns)
    for difference in differences {
      let (before, after) = (difference.before?.model, difference.after?.model)
      var row = [
        difference.kind.name, Self.change(before?.state.name, after?.state.name),
        Self.change(before.map(Self.replicas), after.map(Self.replicas)), difference.key.id,
        difference.changedFields.joined(separator: ", "),
      ]
      if showsNamespaces { row.insert(difference.key.namespace, at: 4) }
      table.append(row)
    }
    return table.text { StateColor.paint(Self.end(of: $0), $1, colored: colored) }
  }

  private static func replicas(_ model: Model) -> String { "\(model.readyReplicas)/\(model.totalReplicas)" }

  /// `READY -> DEGRADED`, or the value alone when both are equal.
  private static func change(_ before: String?, _ after: String?) -> String {
    before == after ? before ?? "-" : "\(before ?? "-") -> \(after ?? "-")"
  }

  /// The state after the change, which determines the color of the cell.
  private static func end(of cell: String) -> String {
    cell.split(separator: " ").last.map(String.init) ?? cell
  }
}

extension DifferenceMessage {
  /// The names of the fields that differ, as in `rollcall.v1.Model`; empty for an added or removed model.
  var changedFields: [String] {
    guard let before = before?.model, let after = after?.model else { return [] }
    let fields: [(name: String, isChanged: Bool)] = [
      ("kind", before.kind != after.kind), ("state", before.state != after.state),
      ("owned_by", before.ownedBy != after.ownedBy), ("created", before.created != after.created),
      ("root", !sameBytes(before.root, after.root)), ("parent", !sameBytes(before.parent, after.parent)),
      ("version", !sameBytes(before.version, after.version)),
      ("max_model_len", before.maxModelLen != after.maxModelLen),
      ("labels", !sameBytes(before.labels, after.labels)),
      ("ready_replicas", before.readyReplicas != after.readyReplicas),
      ("total_replicas", before.totalReplicas != after.totalReplicas),
      ("divergences", before.divergences != after.divergences), ("replicas", before.replicas != after.replicas),
    ]
    let changed = fields.filter(\.isChanged).map(\.name)
    // A difference in no field of view BASIC is a difference in the replicas.
    return changed.isEmpty ? ["replicas"] : changed
  }
}

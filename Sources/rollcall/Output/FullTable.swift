internal import Catalog
internal import Wire

/// The table of models in view FULL: below each model a line per replica, and below that line the reason of its state.
struct FullTable {
  private let messages: [ModelMessage]
  private let now: Timestamp

  /// `now`: the moment to which ages count.
  init(_ messages: [ModelMessage], now: Timestamp) {
    self.messages = messages
    self.now = now
  }

  /// `width`: cells of the terminal; nil: no limit.
  func text(width: Int?, colored: Bool) -> String {
    guard !messages.isEmpty else { return "no models\n" }
    let showsNamespaces = Set(messages.map(\.model.key.namespace)).count > 1
    var columns: [TextTable.Column] = [
      .init(title: "ID"), .init(title: "STATE"), .init(title: "REPLICAS", isNumber: true),
    ]
    columns += LoadColumns.columns + [.init(title: "AGE", isNumber: true, least: 3)]
    if showsNamespaces { columns.append(.init(title: "NAMESPACE")) }
    var table = TextTable(columns)
    for message in messages { append(message, to: &table, showsNamespaces) }
    return table.text(width: width) { StateColor.paint($0, $1, colored: colored) }
  }

  private func append(_ message: ModelMessage, to table: inout TextTable, _ showsNamespaces: Bool) {
    let model = message.model
    let row = [model.key.id, model.state.name, "\(model.readyReplicas)/\(model.totalReplicas)"]
    let load = LoadColumns.cells(message.readings) + [Formatted.age(since: message.readings?.takenAt, now)]
    table.append(row + load + (showsNamespaces ? [model.key.namespace] : []))
    for divergence in model.divergences { table.note(divergence.sentence, indent: 4) }
    for replica in model.replicas {
      let reading = message.replicas[replica.engineID]
      let cells = ["  " + replica.engineID, replica.condition.state.name, ""] + LoadColumns.cells(reading?.readings)
      let age = Formatted.age(since: reading?.readings?.takenAt ?? reading?.observedAt, now)
      table.append(cells + [age] + (showsNamespaces ? [""] : []))
      if !replica.condition.reason.isEmpty { table.note(replica.condition.reason, indent: 4) }
    }
  }
}

extension Divergence {
  /// `max_model_len differs: 4096 (engine-1), 8192 (engine-2, engine-3)`
  fileprivate var sentence: String {
    let values = values.map { value, engineIDs in
      "\(value.isEmpty ? "none" : value) (\(engineIDs.joined(separator: ", ")))"
    }
    return "\(field) differs: \(values.joined(separator: ", "))"
  }
}

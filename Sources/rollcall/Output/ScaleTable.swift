internal import Catalog
internal import Wire

/// The table of scale events: changes in the number of replicas.
struct ScaleTable {
  private let events: [ScaleEvent]

  init(_ events: [ScaleEvent]) {
    self.events = events
  }

  func text() -> String {
    guard !events.isEmpty else { return "nothing was scaled\n" }
    let showsNamespaces = Set(events.map(\.key.namespace)).count > 1
    var columns: [TextTable.Column] = [
      .init(title: "TIME"), .init(title: "EVENT"), .init(title: "REPLICAS"), .init(title: "ID"), .init(title: "REASON"),
    ]
    if showsNamespaces { columns.insert(.init(title: "NAMESPACE"), at: 4) }
    var table = TextTable(columns)
    for event in events {
      var row = [event.time.rfc3339, event.kind.name, Self.change(event), event.key.id, event.reason]
      if showsNamespaces { row.insert(event.key.namespace, at: 4) }
      table.append(row)
    }
    return table.text()
  }

  /// The line for one event.
  static func line(_ event: ScaleEvent) -> String {
    let key = event.key.namespace == defaultNamespace ? event.key.id : "\(event.key.namespace)/\(event.key.id)"
    let cells = [event.time.rfc3339, event.kind.name, change(event), Formatted.text(key), Formatted.text(event.reason)]
    return cells.joined(separator: "  ")
  }

  private static func change(_ event: ScaleEvent) -> String { "\(event.from) -> \(event.to)" }
}

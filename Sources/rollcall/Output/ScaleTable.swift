internal import Catalog
internal import Wire

/// What was scaled, as a table for people.
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

  /// One event alone.
  static func line(_ event: ScaleEvent) -> String {
    let key = event.key.namespace == defaultNamespace ? event.key.id : "\(event.key.namespace)/\(event.key.id)"
    return "\(event.time.rfc3339)  \(event.kind.name)  \(change(event))  \(shown(key))  \(shown(event.reason))"
  }

  private static func change(_ event: ScaleEvent) -> String { "\(event.from) -> \(event.to)" }
}

/// What was scaled, under the names of `rollcall.v1`.
extension Document {
  init(_ events: [ScaleEvent]) {
    self = .object([Field("events", .list(events.map { Document($0) }))])
  }

  init(_ event: ScaleEvent) {
    self = .object([
      Field("time", .text(event.time.rfc3339)),
      Field("type", .text(event.kind.name)),
      Field("namespace", .text(event.key.namespace)),
      Field("id", .text(event.key.id)),
      Field("from_replicas", .int(Int64(event.from))),
      Field("to_replicas", .int(Int64(event.to))),
      Field("reason", .text(event.reason)),
      Field("revision", .int(event.revision)),
    ])
  }
}

internal import Catalog
internal import Wire

/// The table of engines; below an engine that does not serve, a line gives the reason, and below an engine whose certificates are not checked, a line that
/// says so.
struct EngineTable {
  private let engines: [EngineMessage]
  private let now: Timestamp

  /// `now`: the moment to which ages count.
  init(_ engines: [EngineMessage], now: Timestamp) {
    self.engines = engines
    self.now = now
  }

  func text(colored: Bool) -> String {
    guard !engines.isEmpty else { return "no engines\n" }
    let showsNamespaces = Set(engines.map(\.namespace)).count > 1
    var columns: [TextTable.Column] = [
      .init(title: "ID"), .init(title: "KIND"), .init(title: "STATE"), .init(title: "SINCE", isNumber: true),
      .init(title: "MODELS", isNumber: true), .init(title: "ANSWERED", isNumber: true), .init(title: "SOURCES"),
    ]
    if showsNamespaces { columns.insert(.init(title: "NAMESPACE"), at: 1) }
    var table = TextTable(columns)
    for engine in engines {
      var row = [
        engine.id, engine.kind.isEmpty ? "-" : engine.kind, engine.condition?.state.name ?? "-",
        Formatted.age(since: engine.condition?.changedAt, now), String(engine.models.count),
        Formatted.age(since: engine.observedAt, now),
        engine.sources.isEmpty ? "-" : engine.sources.joined(separator: ","),
      ]
      if showsNamespaces { row.insert(engine.namespace, at: 1) }
      table.append(row)
      if engine.isInsecure { table.note("insecure: its certificate is not checked", indent: 2) }
      if let reason = engine.condition?.reason, !reason.isEmpty { table.note(reason, indent: 2) }
    }
    return table.text { StateColor.paint($0, $1, colored: colored) }
  }
}

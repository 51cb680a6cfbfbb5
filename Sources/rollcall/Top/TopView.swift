internal import Catalog
internal import Wire

/// What `rollcall top` shows of a list.
struct TopView {
  let server: HostPort
  let models: [ModelMessage]
  let revision: Int64
  let order: TopOrder
  /// What a person should know, such as that the connection was lost.
  var note: String?
  /// What ages are counted to.
  let now: Timestamp

  /// Lines for a terminal, or as many and as wide as need be: what it is about, then the table.
  func lines(_ size: TerminalSize?, colored: Bool) -> [String] {
    let width = size?.width ?? .max
    var lines = [heading, summary, note.map(shown) ?? ""].map { $0.cut(width) }
    let room = size.map { max(1, $0.height - lines.count - 1) } ?? .max
    let sorted = order.sorted(models)
    // The last line tells of those that do not fit.
    let isCut = sorted.count > room
    let table = table(sorted.prefix(isCut ? room - 1 : room))
    lines += table.lines(width: size?.width) { StateColor.paint($0, $1, colored: colored) }
    if isCut { lines.append("... \(sorted.count - room + 1) more".cut(width)) }
    if models.isEmpty { lines.append("no models".cut(width)) }
    return Array(lines.prefix(size?.height ?? .max))
  }

  private var heading: String {
    "rollcall top  \(server)  revision \(revision)  by \(order.rawValue)"
  }

  private var summary: String {
    let replicas = models.lazy.flatMap(\.model.replicas)
    let all = Set(replicas.map(\.engineID))
    let answering = Set(replicas.filter { $0.condition.state != .unreachable }.map(\.engineID))
    let oldest = models.compactMap { $0.readings?.takenAt }.min()
    let engines = "\(answering.count) of \(all.count) engines answer"
    let age = oldest.map { "oldest reading \(Age.text(now - $0))" } ?? "no readings"
    return "\(models.count) \(models.count == 1 ? "model" : "models")  \(engines)  \(age)"
  }

  private func table(_ shown: ArraySlice<ModelMessage>) -> TextTable {
    let showsNamespaces = models.contains { $0.model.key.namespace != models[0].model.key.namespace }
    var columns: [TextTable.Column] = [
      // Those that are not shown count, so that scrolling numbers do not move the columns.
      .init(title: "MODEL", least: models.reduce(0) { max($0, CellWidth.of($1.model.key.id)) }),
      .init(title: "STATE", least: 8), .init(title: "REPLICAS", isNumber: true),
    ]
    columns += LoadColumns.columns
    if showsNamespaces { columns.append(.init(title: "NAMESPACE")) }
    var table = TextTable(columns)
    for message in shown {
      let model = message.model
      let row = [model.key.id, model.state.name, "\(model.readyReplicas)/\(model.totalReplicas)"]
      table.append(row + LoadColumns.cells(message.readings) + (showsNamespaces ? [model.key.namespace] : []))
    }
    return table
  }
}

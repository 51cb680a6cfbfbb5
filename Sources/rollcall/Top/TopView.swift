internal import Catalog
internal import Wire

/// The screen of `rollcall top` at one moment.
struct TopView {
  let server: ServerPlace
  let models: [ModelMessage]
  let revision: Int64
  let order: TopOrder
  /// A sentence for the user, such as that the connection was lost; nil: none.
  var note: String?
  /// The engines that the server knows, with or without models; nil: the server does not say.
  var engines: EngineCount?
  /// The moment to which ages count.
  let now: Timestamp

  /// How many engines there are, and how many of them answer.
  struct EngineCount: Hashable {
    var answering: Int
    var all: Int

    init(_ engines: [EngineMessage]) {
      all = engines.count
      answering = engines.count { $0.condition.map { $0.state != .unreachable } ?? false }
    }
  }

  /// A heading, a summary, a note, and the table. `size`: the room for them; nil: as much as they need.
  func lines(_ size: TerminalSize?, colored: Bool) -> [String] {
    let width = size?.width ?? .max
    var lines = [heading, summary, note.map(Formatted.text) ?? ""].map { $0.cut(width) }
    let room = size.map { max(1, $0.height - lines.count - 1) } ?? .max
    let sorted = order.sorted(models)
    // The last line shows the number of models that do not fit.
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
    let oldest = models.compactMap { $0.readings?.takenAt }.min()
    let age = oldest.map { "oldest reading \(Formatted.age(now - $0))" } ?? "no readings"
    return "\(models.count) \(models.count == 1 ? "model" : "models")  \(engineText)  \(age)"
  }

  private var engineText: String {
    if let engines { return "\(engines.answering) of \(engines.all) engines answer" }
    let replicas = models.lazy.flatMap(\.model.replicas)
    let all = Set(replicas.map(\.engineID))
    let answering = Set(replicas.filter { $0.condition.state != .unreachable }.map(\.engineID))
    return "\(answering.count) of \(all.count) engines with these models answer"
  }

  private func table(_ shown: ArraySlice<ModelMessage>) -> TextTable {
    let showsNamespaces = models.contains { $0.model.key.namespace != models[0].model.key.namespace }
    var columns: [TextTable.Column] = [
      // Models that are not shown count as well, so that columns keep their width when the order changes.
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

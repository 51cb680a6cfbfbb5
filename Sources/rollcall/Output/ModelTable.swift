internal import Catalog
internal import Wire

/// The table of models in view BASIC.
struct ModelTable {
  private let models: [Model]
  private let now: Timestamp

  /// `now`: the moment to which ages count.
  init(_ models: [ModelMessage], now: Timestamp) {
    self.models = models.map(\.model)
    self.now = now
  }

  func text(colored: Bool) -> String {
    guard !models.isEmpty else { return "no models\n" }
    let showsNamespaces = Set(models.map(\.key.namespace)).count > 1
    var columns: [TextTable.Column] = [
      .init(title: "ID"), .init(title: "KIND"), .init(title: "STATE"), .init(title: "REPLICAS", isNumber: true),
      .init(title: "MAX LEN", isNumber: true), .init(title: "AGE", isNumber: true),
    ]
    if showsNamespaces { columns.insert(.init(title: "NAMESPACE"), at: 5) }
    var table = TextTable(columns)
    for model in models {
      var row = [
        model.key.id, model.kind.name, model.state.name, "\(model.readyReplicas)/\(model.totalReplicas)",
        model.maxModelLen > 0 ? String(model.maxModelLen) : "-", Formatted.age(now - model.created),
      ]
      if showsNamespaces { row.insert(model.key.namespace, at: 5) }
      table.append(row)
    }
    return table.text { StateColor.paint($0, $1, colored: colored) }
  }
}

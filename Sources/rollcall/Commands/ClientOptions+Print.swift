internal import Wire

extension ClientOptions {
  /// For people, as `--view` says.
  func table(_ models: [ModelMessage]) -> String {
    switch view {
    case .basic: ModelTable(models, now: .now).text(colored: Terminal.isColored)
    case .full: FullTable(models, now: .now).text(width: TerminalSize.now?.width, colored: Terminal.isColored)
    }
  }

  /// One model, as `--output` says.
  func print(_ model: ModelMessage) throws {
    switch output {
    case .table: try Terminal.print(table([model]))
    case .json: try Terminal.print(Document(model, view).prettyJSON + "\n")
    case .yaml: try Terminal.print(try Document(model, view).yaml())
    }
  }
}

extension CommandError {
  init(noModel id: String, namespace: String) {
    let place = namespace.isEmpty ? "" : " in the namespace \(namespace)"
    self.init("there is no model \"\(id)\"\(place): `rollcall list` shows those that there are")
  }
}

internal import Wire

extension ClientOptions {
  /// One model, as `--output` says.
  func print(_ model: ModelMessage) throws {
    switch output {
    case .table: try Terminal.print(ModelTable([model], now: .now).text(colored: Terminal.isColored))
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

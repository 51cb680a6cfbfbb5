internal import ArgumentParser
internal import GRPC
internal import Wire

/// `rollcall get ID`.
struct Get: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show one model.",
    discussion: """
      Examples:
        rollcall get meta-llama/Llama-3.1-8B
        rollcall get meta-llama/Llama-3.1-8B --view full --output yaml
      """)

  @Argument(help: "The model's id, as `rollcall list` shows it.")
  var id: String

  @OptionGroup var options: ClientOptions

  @Option(help: ArgumentHelp("The model's namespace (default: your own).", valueName: "name"))
  var namespace = ""

  func run() async throws {
    let model = try await CatalogConnection.ask(options.server) { client in
      do {
        return try await client.get(
          namespace: namespace, id: id, view: options.view.wire, timeout: .seconds(30))
      } catch let status as Status where status.code == .notFound {
        let place = namespace.isEmpty ? "" : " in the namespace \(namespace)"
        throw CommandError(
          "there is no model \"\(id)\"\(place): `rollcall list` shows those that there are")
      }
    }
    let document = Document(model, options.view)
    switch options.output {
    case .table:
      try Terminal.print(ModelTable([model], now: .now).text(colored: Terminal.isColored))
    case .json:
      try Terminal.print(document.prettyJSON + "\n")
    case .yaml:
      try Terminal.print(try document.yaml())
    }
  }
}

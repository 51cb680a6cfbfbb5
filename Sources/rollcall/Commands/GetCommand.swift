internal import ArgumentParser
internal import GRPC
internal import Wire

/// `rollcall get ID`.
struct GetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Show one model.",
    discussion: """
      Examples:
        rollcall get meta-llama/Llama-3.1-8B
        rollcall get meta-llama/Llama-3.1-8B --view full --output yaml
        rollcall get meta-llama/Llama-3.1-8B --at-revision 1795375058000017
      """)

  @Argument(help: "The model's id, as `rollcall list` shows it.")
  var id: String

  @OptionGroup var options: ClientOptions

  @Option(help: ArgumentHelp("The model's namespace (default: your own).", valueName: "name"))
  var namespace = ""

  @Option(
    help: ArgumentHelp(
      "The model at an earlier revision, within `rollcall serve --history` (default: now).", valueName: "revision"
    ),
    transform: parseRevision)
  var atRevision: Int64 = 0

  func run() async throws {
    let model = try await CatalogConnection.call(options.server) { client in
      do {
        return try await client.get(
          namespace: namespace, id: id, view: options.view.wire, atRevision: atRevision, timeout: .seconds(30))
      } catch let status as Status where status.code == .notFound {
        throw CommandError(noModel: id, namespace: namespace)
      }
    }
    try options.print(model)
  }
}

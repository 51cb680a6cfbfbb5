internal import ArgumentParser
internal import Wire

/// `rollcall engines`.
struct EnginesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engines",
    abstract: "Show every engine with its state and the sources that claim it.",
    discussion: """
      SOURCES has the names of the sources that claim the engine now: static (the command line and the file), registration, \
      kubernetes/..., file/..., dns/..., peer/.... A line "insecure" stands below an engine whose certificate is not checked. The server answers this to its own machine alone, unless it was started \
      with --admin-insecure.

      Examples:
        rollcall engines
        rollcall engines --namespace team-a
        rollcall engines --output json | jq -r '.[] | select(.state == "UNREACHABLE") | .endpoint'
      """)

  @OptionGroup var place: ServerOption

  @Option(help: ArgumentHelp("Only engines of this namespace (default: every one).", valueName: "name"))
  var namespace = ""

  @Option(name: .shortAndLong, help: "table, json or yaml.")
  var output = OutputFormat.table

  func run() async throws {
    let engines = try await CatalogConnection.call(place.server) {
      try await $0.admin.allEngines(namespace: namespace, timeout: .seconds(30))
    }
    switch output {
    case .table: try Terminal.print(EngineTable(engines, now: .now).text(colored: Terminal.isColored))
    case .json: try Terminal.print(Document.list(engines.map { Document($0) }).prettyJSON + "\n")
    case .yaml: try Terminal.print(try Document.list(engines.map { Document($0) }).yaml())
    }
  }
}

internal import ArgumentParser

/// The command line. `Commands` holds its commands, `Config` the settings that they read, and `Output` the tables and
/// documents that they print.
@main
struct Rollcall: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollcall",
    abstract: "One live list of every model that a fleet of inference engines serves.",
    discussion: """
      Try it without an engine of your own:
        rollcall simulate --engines 3 --write-config fleet.yaml &
        rollcall serve --config fleet.yaml &
        rollcall list
        curl localhost:8080/v1/models
      """,
    version: "rollcall \(Version.text)",
    subcommands: [
      ServeCommand.self, ListCommand.self, GetCommand.self, WatchCommand.self, TopCommand.self, DiffCommand.self,
      EventsCommand.self, LabelCommand.self, EnginesCommand.self, RegisterCommand.self, LimitsCommand.self,
      SimulateCommand.self,
    ]
  )

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
    } catch {
      let message = fullMessage(for: error)
      let shown = CommandLine.arguments.hidingKeys(in: message)
      guard shown != message else { exit(withError: error) }
      Terminal.note(shown)
      exit(withError: exitCode(for: error))
    }
  }
}

/// The version of this program.
enum Version {
  static let text = "0.1.0"
}

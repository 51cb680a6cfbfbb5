internal import ArgumentParser

/// The command line. Commands are in `Commands`, what they read in `Config`, what they print in `Output`.
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
      Serve.self, List.self, Get.self, Watch.self, Top.self, Diff.self, Events.self, Label.self, Engines.self,
      Register.self, Simulate.self,
    ]
  )
}

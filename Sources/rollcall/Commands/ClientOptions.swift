internal import ArgumentParser
internal import Wire

/// What all commands that ask a server have in common.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Where `rollcall serve` listens (default: 127.0.0.1:8080).", valueName: "host:port"),
    transform: { try HostPort($0) })
  var server = HostPort(host: "127.0.0.1", port: 8080)

  @Option(help: "basic, or full with the replicas of each model.")
  var view = View.basic

  @Option(name: .shortAndLong, help: "table, json or yaml.")
  var output = OutputFormat.table

  enum View: String, ExpressibleByArgument, CaseIterable {
    case basic
    case full

    var wire: ModelView {
      switch self {
      case .basic: .basic
      case .full: .full
      }
    }
  }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case json
  case yaml
}

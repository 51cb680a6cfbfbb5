internal import ArgumentParser
internal import Wire

/// What all commands that ask a server have in common.
struct ClientOptions: ParsableArguments {
  @OptionGroup var place: ServerOption

  @Option(help: "basic, or full with the replicas of each model.")
  var view = View.basic

  @Option(name: .shortAndLong, help: "table, json or yaml.")
  var output = OutputFormat.table

  var server: HostPort { place.server }

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

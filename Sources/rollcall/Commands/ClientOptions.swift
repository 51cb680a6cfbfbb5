internal import ArgumentParser
internal import Wire

/// The options of all commands that ask a server for models.
struct ClientOptions: ParsableArguments {
  @OptionGroup var place: ServerOption

  @Option(help: "basic, or full with the replicas of each model.")
  var view = View.basic

  @Option(name: .shortAndLong, help: "table, json or yaml.")
  var output = OutputFormat.table

  var server: ServerPlace { place.server }

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

extension ClientOptions {
  /// A table of the models in the view of `--view`.
  func table(_ models: [ModelMessage]) -> String {
    switch view {
    case .basic: ModelTable(models, now: .now).text(colored: Terminal.isColored)
    case .full: FullTable(models, now: .now).text(width: TerminalSize.now?.width, colored: Terminal.isColored)
    }
  }

  /// Prints one model in the format of `--output`.
  func print(_ model: ModelMessage) throws {
    switch output {
    case .table: try Terminal.print(table([model]))
    case .json: try Terminal.print(Document(model, view).prettyJSON + "\n")
    case .yaml: try Terminal.print(try Document(model, view).yaml())
    }
  }
}

internal import ArgumentParser
internal import GRPC
internal import Wire

/// `rollcall label ID NAME=VALUE ...`.
struct LabelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Declare the labels of a model: the whole set is replaced.",
    discussion: """
      The given labels are the whole set: declared labels that are not given again are removed. Labels of the model's \
      engines stay; a declared label wins over one of the same name. Declared labels are stored, and outlive restarts and \
      the model's absence. The server takes this from its own machine alone, unless it was \
      started with --admin-insecure.

      Examples:
        rollcall label meta-llama/Llama-3.1-8B tier=gold owner=search
        rollcall label meta-llama/Llama-3.1-8B --clear
        rollcall label org/model tier=gold --etag "$(rollcall get org/model --output json | jq -r .etag)"
      """)

  @Argument(help: "The model's id, as `rollcall list` shows it.")
  var id: String

  @Argument(
    help: ArgumentHelp("The whole set of labels.", valueName: "name=value"), transform: { try LabelArgument($0) })
  var labels: [LabelArgument] = []

  @Flag(help: "Remove all declared labels.")
  var clear = false

  @Option(
    help: ArgumentHelp("Only if the model still has this etag: it has not changed since.", valueName: "tag"))
  var etag = ""

  @OptionGroup var options: ClientOptions

  @Option(help: ArgumentHelp("The model's namespace (default: your own).", valueName: "name"))
  var namespace = ""

  func validate() throws {
    guard labels.isEmpty == clear else {
      throw ValidationError(
        clear
          ? "--clear removes all labels: give either labels or --clear"
          : "give the whole set of labels as NAME=VALUE ..., or --clear to remove all declared labels")
    }
    for (index, label) in labels.enumerated() where labels[..<index].contains(where: { $0.name == label.name }) {
      throw ValidationError("the label \(label.name) is given twice")
    }
  }

  func run() async throws {
    let set = Dictionary(labels.map { ($0.name, $0.value) }) { first, _ in first }
    let model = try await CatalogConnection.call(options.server) { client in
      do {
        return try await client.admin.setLabels(set, namespace: namespace, id: id, etag: etag, timeout: .seconds(30))
      } catch let status as Status where status.code == .notFound {
        throw CommandError(noModel: id, namespace: namespace)
      } catch let status as Status where status.code == .aborted {
        throw CommandError("\"\(id)\" has changed since its --etag: read it with `rollcall get`, and try again")
      }
    }
    try options.print(model)
  }
}

/// A label on the command line: `tier=gold`.
struct LabelArgument: Hashable {
  var name: String
  /// The value, which may be empty and may contain `=`.
  var value: String
}

extension LabelArgument {
  /// Reads `NAME=VALUE`. Throws `CommandError`.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw CommandError("\"\(text)\" is no label: write NAME=VALUE, such as tier=gold")
    }
    name = String(parts[0])
    value = String(parts[1])
  }
}

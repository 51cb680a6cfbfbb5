internal import ArgumentParser
internal import GRPC
internal import Wire

/// `rollcall label ID NAME=VALUE ...`.
struct Label: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Declare the labels of a model: the whole set is replaced.",
    discussion: """
      What is given is the whole set: labels that were declared before and are not given again are gone. Labels that the \
      model's engines have are not touched; where both have one name, the declared one is shown. Declared labels are \
      stored, survive restarts and the model's absence. The server takes this from its own machine alone, unless it was \
      started with --admin-insecure.

      Examples:
        rollcall label meta-llama/Llama-3.1-8B tier=gold owner=search
        rollcall label meta-llama/Llama-3.1-8B --clear
        rollcall label org/model tier=gold --etag "$(rollcall get org/model --output json | jq -r .etag)"
      """)

  @Argument(help: "The model's id, as `rollcall list` shows it.")
  var id: String

  @Argument(
    help: ArgumentHelp("The whole set of labels.", valueName: "name=value"), transform: { try LabelText.parse($0) })
  var labels: [LabelText] = []

  @Flag(help: "Take all declared labels away.")
  var clear = false

  @Option(
    help: ArgumentHelp("Only if this is still the model's etag: nothing of it has changed since.", valueName: "tag"))
  var etag = ""

  @OptionGroup var options: ClientOptions

  @Option(help: ArgumentHelp("The model's namespace (default: your own).", valueName: "name"))
  var namespace = ""

  func validate() throws {
    guard labels.isEmpty == clear else {
      throw ValidationError(
        clear
          ? "--clear takes all labels away: give either labels or --clear"
          : "give the whole set of labels as NAME=VALUE ..., or --clear to take all declared labels away")
    }
    for (index, label) in labels.enumerated() where labels[..<index].contains(where: { $0.name == label.name }) {
      throw ValidationError("the label \(label.name) is given twice")
    }
  }

  func run() async throws {
    let set = Dictionary(labels.map { ($0.name, $0.value) }) { first, _ in first }
    let model = try await CatalogConnection.ask(options.server) { client in
      do {
        return try await client.admin.setLabels(set, namespace: namespace, id: id, etag: etag, timeout: .seconds(30))
      } catch let status as Status where status.code == .notFound {
        throw CommandError(noModel: id, namespace: namespace)
      } catch let status as Status where status.code == .aborted {
        throw CommandError("\"\(id)\" is no longer as --etag says: look at it with `rollcall get`, and try again")
      }
    }
    try options.print(model)
  }
}

/// One label on the command line: `tier=gold`.
struct LabelText: Hashable {
  var name: String
  var value: String

  /// Throws `CommandError`. The value may be empty and may hold `=`.
  static func parse(_ text: String) throws -> LabelText {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw CommandError("\"\(text)\" is no label: write NAME=VALUE, such as tier=gold")
    }
    return LabelText(name: String(parts[0]), value: String(parts[1]))
  }
}

internal import ArgumentParser
internal import Catalog
internal import GRPC
internal import Wire

/// `rollcall label ID NAME=VALUE ...`.
struct LabelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Declare the labels of a model: the whole set is replaced, unless --keep is given.",
    discussion: """
      The given labels are the whole set: declared labels that are not given again are removed. With --keep they stay. \
      NAME- removes one label and keeps the others. Labels of the model's engines stay; a declared label wins over one of \
      the same name. The command shows the labels that the model has afterwards, and those before if they differ. \
      Declared labels are stored, and outlive restarts and the model's absence. The server takes this from its own machine \
      alone, unless it was started with --admin-insecure.

      Examples:
        rollcall label meta-llama/Llama-3.1-8B tier=gold owner=search
        rollcall label meta-llama/Llama-3.1-8B tier=silver --keep
        rollcall label meta-llama/Llama-3.1-8B owner-
        rollcall label meta-llama/Llama-3.1-8B --clear
        rollcall label org/model tier=gold --etag "$(rollcall get org/model --output json | jq -r .etag)"
      """)

  @Argument(help: "The model's id, as `rollcall list` shows it.")
  var id: String

  @Argument(
    help: ArgumentHelp("The labels; NAME- removes one.", valueName: "name=value"), transform: { try LabelArgument($0) })
  var labels: [LabelArgument] = []

  @Flag(help: "Keep the declared labels that are not given.")
  var keep = false

  @Flag(help: "Remove all declared labels.")
  var clear = false

  @Option(
    help: ArgumentHelp("Only if the model still has this etag: it has not changed since.", valueName: "tag"))
  var etag = ""

  @OptionGroup var options: ClientOptions

  @Option(help: ArgumentHelp("The model's namespace (default: your own).", valueName: "name"))
  var namespace = ""

  /// How often the command begins anew when the model changes while the command reads and declares.
  private static let attempts = 10

  func validate() throws {
    guard labels.isEmpty == clear else {
      throw ValidationError(
        clear
          ? "--clear removes all labels: give either labels or --clear"
          : "give the whole set of labels as NAME=VALUE ..., or --clear to remove all declared labels")
    }
    guard !(clear && keep) else { throw ValidationError("--clear removes all labels: give either --keep or --clear") }
    for (index, label) in labels.enumerated() where labels[..<index].contains(where: { sameBytes($0.name, label.name) })
    {
      throw ValidationError("the label \(label.name) is given twice")
    }
  }

  /// The labels to declare, and the names to remove; nil: the labels are the whole set.
  var request: LabelsRequest {
    let pairs = labels.compactMap { label in label.value.map { (label.name, $0) } }
    let removed = labels.filter { $0.value == nil }.map(\.name)
    return LabelsRequest(
      namespace: namespace, id: id, labels: Dictionary(pairs) { first, _ in first },
      removed: keep || !removed.isEmpty ? removed : nil, etag: etag)
  }

  func run() async throws {
    let (before, after) = try await CatalogConnection.call(options.server) { client in
      do {
        return try await declare(client)
      } catch let status as Status where status.code == .notFound {
        throw CommandError(noModel: id, namespace: namespace)
      } catch let status as Status where status.code == .aborted {
        throw CommandError(
          etag.isEmpty
            ? "\"\(id)\" changes all the time: try again"
            : "\"\(id)\" has changed since its --etag: read it with `rollcall get`, and try again")
      }
    }
    try options.print(after)
    if options.output == .table { try Terminal.print(LabelLines.text(before.model.labels, after.model.labels)) }
  }

  /// Declares the labels for the model as it was read, so that no change of another client is lost unseen. Returns the
  /// model before and after.
  private func declare(_ client: CatalogClient) async throws -> (before: ModelMessage, after: ModelMessage) {
    var request = request
    for attempt in 1... {
      let before = try await client.get(namespace: namespace, id: id, timeout: .seconds(30))
      if etag.isEmpty { request.etag = before.model.etag }
      do {
        return (before, try await client.admin.setLabels(request, timeout: .seconds(30)))
      } catch let status as Status where status.code == .aborted && etag.isEmpty && attempt < Self.attempts {
        continue
      }
    }
    throw Status(.aborted)
  }
}

/// The labels of a model, before and after a change, as lines of text.
enum LabelLines {
  /// The labels afterwards, and those before when they differ.
  static func text(_ before: [String: String], _ after: [String: String]) -> String {
    let line = "labels: \(text(after))\n"
    return sameBytes(before, after) ? line : "\(line)before: \(text(before))\n"
  }

  private static func text(_ labels: [String: String]) -> String {
    guard !labels.isEmpty else { return "none" }
    return labels.sorted { precedes($0.key, $1.key) }
      .map { "\(Formatted.text($0.key))=\(Formatted.text($0.value))" }.joined(separator: ", ")
  }
}

/// A label on the command line: `tier=gold`, or `tier-` to remove it.
struct LabelArgument: Hashable {
  var name: String
  /// The value, which may be empty and may contain `=`; nil removes the label.
  var value: String?
}

extension LabelArgument {
  /// Reads `NAME=VALUE` or `NAME-`. Throws `CommandError`.
  init(_ text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 1, text.hasSuffix("-"), text.utf8.count > 1 {
      (name, value) = (String(text.dropLast()), nil)
      return
    }
    guard parts.count == 2, !parts[0].isEmpty else {
      throw CommandError("\"\(text)\" is no label: write NAME=VALUE, such as tier=gold, or NAME- to remove one")
    }
    name = String(parts[0])
    value = String(parts[1])
  }
}

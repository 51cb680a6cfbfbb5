internal import ArgumentParser
internal import Catalog
internal import Foundation
internal import Wire

/// `rollcall list`.
struct List: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show every model with its state.",
    discussion: """
      Examples:
        rollcall list
        rollcall list --server rollcall.internal:8080 --namespace team-a
        rollcall list --at-revision 1795375058000017
        rollcall list --output json | jq -r '.[] | select(.state != "READY") | .id'
      """)

  @OptionGroup var options: ClientOptions

  @Option(help: ArgumentHelp("Only this namespace (default: every one).", valueName: "name"))
  var namespace = ""

  @Option(
    help: ArgumentHelp(
      "As it was at a revision of the past that `rollcall serve --history` keeps (default: now).", valueName: "revision"
    ),
    transform: { try RevisionText.parse($0) })
  var atRevision: Int64 = 0

  func run() async throws {
    let page = try await CatalogConnection.ask(options.server) {
      try await $0.listAll(
        namespace: namespace, view: options.view.wire, atRevision: atRevision, timeout: .seconds(30))
    }
    switch options.output {
    case .table:
      try Terminal.print(ModelTable(page.models, now: .now).text(colored: Terminal.isColored))
    case .json:
      try Terminal.print(
        Document.list(page.models.map { Document($0, options.view) }).prettyJSON + "\n")
    case .yaml:
      try Terminal.print(try Document.list(page.models.map { Document($0, options.view) }).yaml())
    }
    if !page.unreachable.isEmpty {
      Terminal.note(
        "rollcall: not answering, so that models may be missing: \(page.unreachable.joined(separator: ", "))"
      )
    }
  }
}

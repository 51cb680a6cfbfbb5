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
        rollcall list --filter 'state != READY'
        rollcall list --filter 'labels.tier = gold AND (llama OR qwen)' --order-by 'max_model_len desc, id' --limit 10
        rollcall list --filter 'replicas.engine_kind = vllm AND id = "org/*"'
        rollcall list --at-revision 1795375058000017
        rollcall list --output json | jq -r '.[] | select(.state != "READY") | .id'
      """)

  @OptionGroup var options: ClientOptions

  @OptionGroup var query: QueryOptions

  @Option(
    help: ArgumentHelp(
      "What to sort by (AIP-132), such as 'state, max_model_len desc' (default: namespace, id).", valueName: "fields"))
  var orderBy = ""

  @Option(
    help: ArgumentHelp("The first so many alone (default: all).", valueName: "count"),
    transform: { try CountArgument.parse($0) })
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "As it was at a revision of the past that `rollcall serve --history` keeps (default: now).", valueName: "revision"
    ),
    transform: { try RevisionText.parse($0) })
  var atRevision: Int64 = 0

  func run() async throws {
    let request = request
    let page = try await CatalogConnection.ask(
      options.server, texts: ["filter": request.filter, "order_by": request.orderBy]
    ) {
      try await $0.listAll(request, limit: limit ?? .max, timeout: .seconds(30), onExpiry: Self.expired)
    }
    switch options.output {
    case .table:
      try Terminal.print(options.table(page.models))
    case .json:
      try Terminal.print(
        Document.list(page.models.map { Document($0, options.view) }).prettyJSON + "\n")
    case .yaml:
      try Terminal.print(try Document.list(page.models.map { Document($0, options.view) }).yaml())
    }
    if page.models.count < page.totalSize, limit != nil {
      Terminal.note("rollcall: these are \(page.models.count) of \(page.totalSize) models")
    }
    if !page.unreachable.isEmpty {
      Terminal.note(
        "rollcall: not answering, so that models may be missing: \(page.unreachable.joined(separator: ", "))"
      )
    }
  }

  private var request: ListRequest {
    var request = ListRequest()
    request.namespace = query.namespace
    request.filter = query.filter
    request.orderBy = orderBy
    request.view = options.view.wire
    request.atRevision = atRevision
    return request
  }

  /// What to do about a list whose revision was forgotten before its last page came.
  private static func expired(times: Int) -> ExpiredList {
    if times == 1 {
      Terminal.note("rollcall: the list expired before its last page: it is read again from its beginning")
      return .startAgain
    }
    Terminal.note(
      "rollcall: the list expired once more: it goes on as it is now, so that models may be missing or there twice")
    return .goOn
  }
}

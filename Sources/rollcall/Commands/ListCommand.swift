internal import ArgumentParser
internal import Catalog
internal import Foundation
internal import Wire

/// `rollcall list`.
struct ListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
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
      "The fields to sort by (AIP-132), such as 'state, max_model_len desc' (default: namespace, id).",
      valueName: "fields"))
  var orderBy = ""

  @Option(
    help: ArgumentHelp("At most this many models (default: all).", valueName: "count"),
    transform: parseModelCount)
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "The list at an earlier revision, within `rollcall serve --history` (default: now).", valueName: "revision"
    ),
    transform: parseRevision)
  var atRevision: Int64 = 0

  func run() async throws {
    let request = request
    let page = try await CatalogConnection.call(
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
        "rollcall: not answering, so models may be missing: \(page.unreachable.joined(separator: ", "))"
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

  /// Decides how to go on when the server has compacted the list's revision before the last page.
  private static func expired(times: Int) -> ExpiredList {
    if times == 1 {
      Terminal.note("rollcall: the list expired before its last page; reading it again from its beginning")
      return .startAgain
    }
    Terminal.note(
      "rollcall: the list expired again; the rest is read as it is now, so models may be missing or listed twice")
    return .goOn
  }
}

internal import ArgumentParser
internal import Catalog
internal import Wire

/// `rollcall diff FROM [TO]`.
struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show the changes since a moment, or between two.",
    discussion: """
      A moment is a clock time (the last 14:03 in the local time zone), how long ago it was (10m), a time (RFC 3339), or \
      a revision. Each model that differs between both moments is shown once, whatever happened in between. `rollcall serve \
      --history` sets how far back the server knows the past. With --filter, a model that begins to match is ADDED, and \
      one that no longer matches is REMOVED.

      Examples:
        rollcall diff 14:03
        rollcall diff 10m
        rollcall diff 2026-11-22T14:03:00Z 2026-11-22T14:10:00Z
        rollcall diff 10m --filter 'state = READY'
        rollcall diff 10m --output json | jq -r '.differences[] | select(.type == "REMOVED") | .before.id'
      """)

  @Argument(help: ArgumentHelp("The moment before the changes.", valueName: "from"))
  var from: String

  @Argument(help: ArgumentHelp("The moment after the changes (default: now).", valueName: "to"))
  var to: String?

  @OptionGroup var options: ClientOptions

  @OptionGroup var query: QueryOptions

  func validate() throws {
    do {
      _ = try request(now: .now)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() async throws {
    let request = try request(now: .now)
    let page = try await CatalogConnection.call(options.server, texts: ["filter": request.filter]) {
      try await $0.diffAll(request, timeout: .seconds(30))
    }
    switch options.output {
    case .table:
      try Terminal.print(DiffTable(page.differences).text(colored: Terminal.isColored))
      Terminal.note(
        "rollcall: from revision \(page.from.revision) of \(page.from.time.rfc3339) "
          + "to revision \(page.to.revision) of \(page.to.time.rfc3339)")
    case .json:
      try Terminal.print(Document(page, options.view).prettyJSON + "\n")
    case .yaml:
      try Terminal.print(try Document(page, options.view).yaml())
    }
  }

  private func request(now: Timestamp) throws -> DiffRequest {
    var request = DiffRequest()
    request.namespace = query.namespace
    request.filter = query.filter
    request.view = options.view.wire
    switch try parseTime(from, now: now) {
    case .revision(let revision): request.fromRevision = revision
    case .time(let time): request.fromTime = time
    }
    switch try to.map({ try parseTime($0, now: now) }) {
    case .revision(let revision): request.toRevision = revision
    case .time(let time): request.toTime = time
    case nil: break
    }
    return request
  }
}

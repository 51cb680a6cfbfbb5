internal import ArgumentParser
internal import Catalog
internal import Wire

/// `rollcall events [ID]`.
struct EventsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "events",
    abstract: "Show when and why models were scaled: their numbers of replicas, the newest change last.",
    discussion: """
      `rollcall serve --history` sets how far back the server knows the past. With --follow, later changes are shown as they \
      happen.

      Examples:
        rollcall events
        rollcall events meta-llama/Llama-3.1-8B --limit 5
        rollcall events --follow
        rollcall events --output json | jq -r '.events[] | select(.to_replicas == 0) | .id'
      """)

  @Argument(help: "A model's id (default: every model).")
  var id: String?

  @Option(help: ArgumentHelp("Only this namespace (default: every one).", valueName: "name"))
  var namespace = ""

  @Option(help: ArgumentHelp("How many of the newest, 1 to 1000 (default: 100).", valueName: "n"))
  var limit = 100

  @Flag(name: .shortAndLong, help: "Show later changes as well, until interrupted.")
  var follow = false

  @OptionGroup var server: ServerOption

  @Option(name: .shortAndLong, help: "How to show them: table, json or yaml; with --follow json is one object a line.")
  var output = OutputFormat.table

  func validate() throws {
    guard (1...1_000).contains(limit) else { throw ValidationError("--limit must be 1 to 1000") }
    guard !follow || output != .yaml else { throw ValidationError("--follow shows a table or json") }
  }

  func run() async throws {
    let events = try await newest(limit)
    guard follow else { return try print(events) }
    try printLines(events)
    let signals = await TerminationSignals()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await signals.first() }
      group.addTask { [events] in try await follow(after: events.last) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Prints the scale events after `last` whenever the watch sends a change.
  private func follow(after last: ScaleEvent?) async throws {
    var request = WatchRequest()
    request.namespace = namespace
    let watch = FollowedWatch(server: server.server, request: request) { Terminal.note("rollcall: \($0)") }
    let changes = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await watch.run { _ in changes.continuation.yield() } }
      group.addTask {
        var known = last
        for await _ in changes.stream {
          let events = try await newest(1_000)
          let new = known.map { known in events.filter { Self.isLater($0, than: known) } } ?? events
          try printLines(new)
          known = events.last ?? known
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private static func isLater(_ event: ScaleEvent, than known: ScaleEvent) -> Bool {
    event.revision != known.revision ? event.revision > known.revision : known.key < event.key
  }

  /// The newest `count` events, oldest first.
  private func newest(_ count: Int) async throws -> [ScaleEvent] {
    var request = ScaleRequest()
    request.namespace = namespace
    request.id = id ?? ""
    request.pageSize = Int32(count)
    return try await CatalogConnection.call(server.server) {
      try await $0.scaleEvents(request, timeout: .seconds(30))
    }.events.reversed()
  }

  private func print(_ events: [ScaleEvent]) throws {
    switch output {
    case .table: try Terminal.print(ScaleTable(events).text())
    case .json: try Terminal.print(Document(events).prettyJSON + "\n")
    case .yaml: try Terminal.print(try Document(events).yaml())
    }
  }

  private func printLines(_ events: [ScaleEvent]) throws {
    for event in events {
      try Terminal.print(output == .json ? Document(event).json + "\n" : ScaleTable.line(event) + "\n")
    }
  }
}

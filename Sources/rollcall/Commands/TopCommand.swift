internal import ArgumentParser
internal import Wire

/// `rollcall top`.
struct TopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Show the load of every model, in a table that stays up to date.",
    discussion: """
      Running and waiting requests, the share of the KV cache in use, tokens generated per second, and the median time to the \
      first token. Amounts are sums over the model's replicas that answer, shares and times the largest; - is a value that \
      no engine reports. Changes of state are shown at once, numbers with every interval. A lost connection is opened again \
      by itself. q ends it. Where the output is no terminal, a table is printed with every interval.

      Examples:
        rollcall top
        rollcall top --sort waiting --interval 5s
        rollcall top --filter 'labels.tier = gold' --namespace team-a
        rollcall top --once | head -20
      """)

  @OptionGroup var place: ServerOption

  @OptionGroup var query: QueryOptions

  @Option(
    help: ArgumentHelp("How often numbers are updated, from 1s to 1h (default: 2s).", valueName: "duration"),
    transform: parseReadingsInterval)
  var interval = Duration.seconds(2)

  @Option(help: "The column to sort by, the largest first; ids in their order.")
  var sort = TopOrder.running

  @Flag(help: "Print the table once and end.")
  var once = false

  func run() async throws {
    if once { return try await printOnce() }
    var request = query.watchRequest
    request.view = .full
    request.readingsInterval = interval
    let state = TopState()
    let watch = FollowedWatch(server: place.server, request: request) { state.note($0) }
    try await LiveTop(watch: watch, state: state, order: sort, interval: interval).run()
  }

  /// The engines of a namespace, which a server lists to its own machine alone unless it was started otherwise. Throws
  /// `CommandError`.
  static func engines(_ server: ServerPlace, namespace: String) async throws -> [EngineMessage] {
    try await CatalogConnection.call(server) {
      try await $0.admin.allEngines(namespace: namespace, timeout: .seconds(10))
    }
  }

  private func printOnce() async throws {
    var request = ListRequest()
    request.namespace = query.namespace
    request.filter = query.filter
    request.view = .full
    let page = try await CatalogConnection.call(place.server, texts: ["filter": request.filter]) {
      try await $0.listAll(request, timeout: .seconds(30)) { $0 == 1 ? .startAgain : .goOn }
    }
    let engines = try? await Self.engines(place.server, namespace: query.namespace)
    let view = TopView(
      server: place.server, models: page.models, revision: page.revision, order: sort,
      engines: engines.map { TopView.EngineCount($0) }, now: .now)
    // As wide as the terminal, but with all lines, even if they exceed its height.
    let size = TerminalSize.now.map { TerminalSize(width: $0.width, height: .max) }
    try Terminal.print(view.lines(size, colored: Terminal.isColored).joined(separator: "\n") + "\n")
  }
}

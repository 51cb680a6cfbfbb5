internal import ArgumentParser
internal import Catalog
internal import Wire

/// `rollcall watch`.
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show every model, then every change as it happens, until interrupted.",
    discussion: """
      The watch reconnects by itself when its connection is lost, and resumes where it was. Where that is not possible, RESET \
      is shown: the events before are void, and the whole list follows. With --filter, a model that no longer matches is \
      REMOVED. With --view full a line with the load of each replica follows, and with --interval READINGS come when these \
      numbers change; they are no changes of the list.

      Examples:
        rollcall watch
        rollcall watch --filter 'kind = ADAPTER AND parent = meta-llama/Llama-3.1-8B'
        rollcall watch --view full --interval 10s
        rollcall watch --output json | jq -r 'select(.type == "REMOVED") | .model.id'
      """)

  @OptionGroup var options: ClientOptions

  @OptionGroup var query: QueryOptions

  @Option(
    help: ArgumentHelp(
      "With --view full: show the load of replicas at most this often, from 1s to 1h (default: with changes alone).",
      valueName: "duration"),
    transform: parseReadingsInterval)
  var interval: Duration?

  func validate() throws {
    if interval != nil, options.view != .full { throw ValidationError("--interval needs --view full") }
  }

  func run() async throws {
    let signals = await TerminationSignals()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await signals.first() }
      group.addTask { try await follow() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func follow() async throws {
    var request = query.watchRequest
    request.view = options.view.wire
    request.readingsInterval = interval
    var printer = WatchPrinter(format: options.output, view: options.view)
    let watch = FollowedWatch(server: options.server, request: request) { Terminal.note("rollcall: \($0)") }
    try await watch.run { try printer.print($0) }
  }
}

extension QueryOptions {
  /// The request for a watch of the models that the options select.
  var watchRequest: WatchRequest {
    var request = WatchRequest()
    request.namespace = namespace
    request.filter = filter
    return request
  }
}

internal import ArgumentParser
internal import Catalog
internal import Wire

/// `rollcall watch`.
struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show every model, then every change as it happens, until interrupted.",
    discussion: """
      A lost connection is opened again by itself, and the watch goes on where it was. Where that is not possible, RESET \
      is shown: what was shown before is void, and the whole list follows. With --filter, a model that no longer passes \
      it is REMOVED. With --view full a line for each replica follows that says what it does, and with --interval READINGS \
      come whenever these numbers moved; they are no changes.

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
      "With --view full: tell what replicas do at most this often, from 1s to 1h (default: with changes alone).",
      valueName: "duration"),
    transform: { try ReadingsIntervalArgument.parse($0) })
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
  /// A watch of what a command asks for.
  var watchRequest: WatchRequest {
    var request = WatchRequest()
    request.namespace = namespace
    request.filter = filter
    return request
  }
}

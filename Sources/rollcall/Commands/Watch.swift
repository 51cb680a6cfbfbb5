internal import ArgumentParser
internal import Catalog
internal import GRPC
internal import Wire

/// `rollcall watch`.
struct Watch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show every model, then every change as it happens, until interrupted.",
    discussion: """
      A lost connection is opened again by itself, and the watch goes on where it was. Where that is not possible, RESET \
      is shown: what was shown before is void, and the whole list follows. With --filter, a model that no longer passes \
      it is REMOVED.

      Examples:
        rollcall watch
        rollcall watch --filter 'kind = ADAPTER AND parent = meta-llama/Llama-3.1-8B'
        rollcall watch --output json | jq -r 'select(.type == "REMOVED") | .model.id'
      """)

  @OptionGroup var options: ClientOptions

  @OptionGroup var query: QueryOptions

  func run() async throws {
    let signals = await TerminationSignals()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await signals.first() }
      group.addTask { try await follow() }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Goes on until the task is cancelled. Throws `CommandError` when there is no server to begin with, or when it
  /// refuses for good.
  private func follow() async throws {
    var cursor = WatchCursor()
    var printer = WatchPrinter(format: options.output, view: options.view)
    var backOff = BackOff()
    var hasBegun = false
    while !Task.isCancelled {
      do {
        let connection = try await CatalogConnection(options.server)
        defer { Task { await connection.close() } }
        if cursor.begins() { try printer.print(WatchEvent.reset) }
        let stream = try await connection.client.watch(request(after: cursor.startRevision))
        hasBegun = true
        while let event = try await next(stream) {
          backOff.reset()
          cursor.saw(event.kind, revision: event.revision)
          try printer.print(event)
        }
      } catch let status as Status {
        guard status.isTransient else {
          throw QueryComplaint.error(status, ["filter": query.filter], from: options.server)
            ?? CommandError(status, from: options.server)
        }
        if !Task.isCancelled { Terminal.note("rollcall: \(options.server): \(status.message)") }
      } catch let error as CommandError {
        guard hasBegun else { throw error }
      }
      try? await Task.sleep(for: backOff.next())
    }
  }

  private func request(after revision: Int64) -> WatchRequest {
    var request = WatchRequest()
    request.namespace = query.namespace
    request.filter = query.filter
    request.view = options.view.wire
    request.startRevision = revision
    return request
  }

  /// A server says something at least every 30 s; one that does not is gone, though its connection may still stand.
  private func next(_ stream: WatchStream) async throws -> WatchEvent? {
    let watchdog = Task {
      try await Task.sleep(for: .seconds(45))
      Terminal.note("rollcall: \(options.server): nothing was heard for 45 s")
      stream.cancel()
    }
    defer { watchdog.cancel() }
    return try await stream.next()
  }
}

extension Status {
  /// Whether the same call may succeed later.
  fileprivate var isTransient: Bool {
    switch code {
    case .unavailable, .resourceExhausted, .aborted, .cancelled, .deadlineExceeded, .internal,
      .unknown:
      true
    default: false
    }
  }
}

extension WatchEvent {
  /// What a watcher is told when its server cannot tell it.
  fileprivate static var reset: WatchEvent { WatchEvent(kind: .reset, revision: 0) }
}

internal import Catalog
internal import GRPC
internal import Wire

/// A watch that reconnects when its connection is lost, and resumes from the last revision that it received.
struct FollowedWatch: Sendable {
  let server: ServerPlace
  /// The first request. Later requests resume from the last revision received.
  let request: WatchRequest
  /// Shows a sentence to the user, such as that the connection was lost.
  let note: @Sendable (String) -> Void

  /// Passes each event to `take` until the task is cancelled. Passes RESET too when a lost connection made the events
  /// so far void. Throws `CommandError` when the first connection fails or the server refuses for good, and the errors
  /// of `take`.
  func run(_ take: (WatchEvent) throws -> Void) async throws {
    var position = WatchPosition()
    var backOff = BackOff()
    var hasBegun = false
    while !Task.isCancelled {
      do {
        let connection = try await CatalogConnection(server)
        defer { Task { await connection.close() } }
        if position.beginStream() { try take(WatchEvent(kind: .reset, revision: 0)) }
        var request = request
        request.startRevision = position.startRevision
        let stream = try await connection.client.watch(request)
        hasBegun = true
        var isFirst = true
        while let event = try await next(stream, isFirst: isFirst, connection.client) {
          isFirst = false
          backOff.reset()
          position.received(event.kind, revision: event.revision)
          try take(event)
        }
      } catch let status as Status {
        guard status.isTransient else {
          throw RejectedQuery.error(status, ["filter": request.filter], from: server)
            ?? CommandError(status, from: server)
        }
        if !Task.isCancelled { note("\(server): \(status.message)") }
      } catch let error as CommandError {
        guard hasBegun else { throw error }
      }
      try? await Task.sleep(for: backOff.next())
    }
  }

  /// A server sends an event at least every 30 s once its list is complete. A server that is silent for longer is gone,
  /// even if its connection is open.
  private func next(_ stream: WatchStream, isFirst: Bool, _ client: CatalogClient) async throws -> WatchEvent? {
    let watchdog = Task {
      if isFirst { try await waitForList(client) }
      try await Task.sleep(for: .seconds(45))
      note("\(server): nothing was received for 45 s")
      stream.cancel()
    }
    defer { watchdog.cancel() }
    return try await stream.next()
  }

  /// Shows why the server has no list yet, whenever the reason changes. Returns when the server has one, or does not
  /// answer.
  private func waitForList(_ client: CatalogClient) async throws {
    var shown = ""
    var pause = Duration.seconds(1)
    while true {
      try await Task.sleep(for: pause)
      var first = ListRequest()
      first.pageSize = 1
      do {
        _ = try await client.list(first, timeout: .seconds(10))
        return
      } catch let status as Status {
        guard status.info?.reason == "NOT_READY" else { return }
        if status.message != shown { note("\(server): \(status.message)") }
        shown = status.message
      }
      pause = .seconds(5)
    }
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

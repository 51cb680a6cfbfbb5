internal import Catalog
internal import GRPC
internal import Wire

/// A watch that opens a lost connection again by itself and goes on where it was.
struct FollowedWatch: Sendable {
  let server: HostPort
  /// `startRevision` is set as the watch goes on.
  let request: WatchRequest
  /// Told what a person should know meanwhile, such as that the connection was lost.
  let note: @Sendable (String) -> Void

  /// Hands on each event until the task is cancelled; RESET too when what was handed on is void since the connection was
  /// lost. Throws `CommandError` when there is no server to begin with or when it refuses for good, and what `take` throws.
  func run(_ take: (WatchEvent) throws -> Void) async throws {
    var cursor = WatchCursor()
    var backOff = BackOff()
    var hasBegun = false
    while !Task.isCancelled {
      do {
        let connection = try await CatalogConnection(server)
        defer { Task { await connection.close() } }
        if cursor.begins() { try take(WatchEvent(kind: .reset, revision: 0)) }
        var request = request
        request.startRevision = cursor.startRevision
        let stream = try await connection.client.watch(request)
        hasBegun = true
        while let event = try await next(stream) {
          backOff.reset()
          cursor.saw(event.kind, revision: event.revision)
          try take(event)
        }
      } catch let status as Status {
        guard status.isTransient else {
          throw QueryComplaint.error(status, ["filter": request.filter], from: server)
            ?? CommandError(status, from: server)
        }
        if !Task.isCancelled { note("\(server): \(status.message)") }
      } catch let error as CommandError {
        guard hasBegun else { throw error }
      }
      try? await Task.sleep(for: backOff.next())
    }
  }

  /// A server says something at least every 30 s; one that does not is gone, though its connection may still stand.
  private func next(_ stream: WatchStream) async throws -> WatchEvent? {
    let watchdog = Task {
      try await Task.sleep(for: .seconds(45))
      note("\(server): nothing was heard for 45 s")
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

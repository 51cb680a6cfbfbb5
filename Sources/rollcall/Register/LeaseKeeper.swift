internal import GRPC
internal import Wire

/// Keeps an engine registered at a server, even when the server is away for a while or loses the lease.
struct LeaseKeeper: Sendable {
  let server: ServerPlace
  /// The registration. It has a lease id, so that a second attempt takes over the lease of the first.
  let request: RegisterRequest
  let ttl: Duration
  /// Whether `run` ends when the server refuses for good. If not, `run` reports the refusal and tries again.
  let givesUp: Bool
  /// Prints a line for the user at the terminal.
  let note: @Sendable (String) -> Void

  /// Registers the engine and keeps the lease alive until the task is cancelled. Throws `CommandError`.
  func run() async throws {
    var backOff = BackOff()
    var reported = ""
    while !Task.isCancelled {
      do {
        try await register { engineID in
          backOff.reset()
          reported = ""
          note("rollcall: registered at \(server) as \(engineID)")
        }
      } catch let status as Status {
        if Task.isCancelled { return }
        let error = CommandError(status, from: server)
        if givesUp, status.isFinal { throw error }
        report(error, &reported)
      } catch let error as CommandError {
        if Task.isCancelled { return }
        report(error, &reported)
      }
      // The pause is short against the TTL, so that the lease does not expire during it.
      try? await Task.sleep(for: min(backOff.next(), ttl / 5))
    }
  }

  /// Ends the lease, if the server answers.
  func release() async {
    var ending = DeregisterRequest()
    ending.leaseID = request.leaseID
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [ending] in
        _ = try? await CatalogConnection.call(server) { try await $0.admin.deregister(ending, timeout: patience) }
      }
      group.addTask { try? await Task.sleep(for: patience) }
      await group.next()
      group.cancelAll()
    }
  }

  /// The time that the server has to answer.
  private var patience: Duration { min(.seconds(5), ttl / 3) }

  /// Registers once and keeps the lease alive. Returns when the server no longer knows the lease, and throws when
  /// anything else ends it.
  private func register(_ done: (String) -> Void) async throws {
    let connection = try await CatalogConnection(server)
    defer { Task { await connection.close() } }
    let made = try await connection.client.admin.register(request, timeout: patience)
    done(made.engineID)
    let call = try await connection.client.admin.keepAlive()
    defer { call.cancel() }
    while true {
      try await Task.sleep(for: made.ttl / 3)
      do {
        try await keep(call, leaseID: made.leaseID)
      } catch let status as Status where status.code == .notFound {
        note("rollcall: \(server) has forgotten the registration: registering again")
        return
      }
    }
  }

  /// Renews the lease. A server that does not answer in time counts as gone, even if its connection is still open.
  private func keep(_ call: KeepAliveCall, leaseID: String) async throws {
    let watchdog = Task {
      try await Task.sleep(for: patience)
      call.cancel()
    }
    defer { watchdog.cancel() }
    _ = try await call.keep(leaseID: leaseID)
  }

  private func report(_ error: CommandError, _ reported: inout String) {
    guard error.description != reported else { return }
    reported = error.description
    note("rollcall: not registered: \(reported); trying again")
  }
}

extension Status {
  /// Whether the server refuses the same request at any time.
  fileprivate var isFinal: Bool {
    switch code {
    case .invalidArgument, .permissionDenied, .unauthenticated, .unimplemented: true
    default: false
    }
  }
}

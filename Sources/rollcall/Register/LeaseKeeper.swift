internal import GRPC
internal import Wire

/// Keeps one engine registered at a server, which may be unreachable for a while or forget it.
struct LeaseKeeper: Sendable {
  let server: HostPort
  /// Has a lease id, so that a repeated registration is the same one.
  let request: RegisterRequest
  let ttl: Duration
  /// Whether to end when the server refuses for good, instead of trying again.
  let givesUp: Bool
  /// Shows a line to the user.
  let note: @Sendable (String) -> Void

  /// Registers and keeps the lease until the task is cancelled. Throws `CommandError`.
  func run() async throws {
    var backOff = BackOff()
    var lastError = ""
    while !Task.isCancelled {
      do {
        try await register { engineID in
          backOff.reset()
          lastError = ""
          note("rollcall: registered at \(server) as \(engineID)")
        }
      } catch let status as Status {
        if Task.isCancelled { return }
        let error = CommandError(status, from: server)
        if givesUp, status.isFinal { throw error }
        report(error, &lastError)
      } catch let error as CommandError {
        if Task.isCancelled { return }
        report(error, &lastError)
      }
      // Short enough that a lease does not end meanwhile.
      try? await Task.sleep(for: min(backOff.next(), ttl / 5))
    }
  }

  /// Ends the lease, if the server can be reached.
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

  /// Time that the server has to answer.
  private var patience: Duration { min(.seconds(5), ttl / 3) }

  /// Registers once and keeps the lease. Returns when the server has forgotten it; throws any other error.
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

  /// A server that does not answer is gone, though its connection may be open.
  private func keep(_ call: KeepAliveCall, leaseID: String) async throws {
    let watchdog = Task {
      try await Task.sleep(for: patience)
      call.cancel()
    }
    defer { watchdog.cancel() }
    _ = try await call.keep(leaseID: leaseID)
  }

  private func report(_ error: CommandError, _ last: inout String) {
    guard error.description != last else { return }
    last = error.description
    note("rollcall: not registered: \(last); trying again")
  }
}

extension Status {
  /// Whether the same request is refused again, whenever it is made.
  fileprivate var isFinal: Bool {
    switch code {
    case .invalidArgument, .permissionDenied, .unauthenticated, .unimplemented: true
    default: false
    }
  }
}

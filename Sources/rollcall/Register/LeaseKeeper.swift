internal import GRPC
internal import Wire

/// Keeps one engine registered at a server, also when the server is away for a while or forgets the engine.
struct LeaseKeeper: Sendable {
  let server: HostPort
  /// The registration, with a lease id, so that a second attempt takes over the lease of the first.
  let request: RegisterRequest
  let ttl: Duration
  /// Whether `run` ends when the server refuses for good; else it reports the refusal and tries again.
  let givesUp: Bool
  /// Takes lines for the person at the terminal.
  let note: @Sendable (String) -> Void

  /// Registers and keeps the lease until the task is cancelled. Throws `CommandError`.
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
      // A lease is not lost for a pause.
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

  /// Time that the server has to answer.
  private var patience: Duration { min(.seconds(5), ttl / 3) }

  /// Registers once and keeps the lease. Returns when the server has forgotten the lease, and throws when anything else
  /// ends it.
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

  /// Renews the lease. A server that does not answer in time counts as gone, though its connection may still stand.
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
  /// Whether the server refuses the same request whenever it comes.
  fileprivate var isFinal: Bool {
    switch code {
    case .invalidArgument, .permissionDenied, .unauthenticated, .unimplemented: true
    default: false
    }
  }
}

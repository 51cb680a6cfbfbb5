internal import GRPC
internal import Wire

/// Keeps one engine registered at a server, which may be away for a while or forget it.
struct LeaseKeeper: Sendable {
  let server: HostPort
  /// With a lease of its own, so that whoever asks twice has it once.
  let request: RegisterRequest
  let ttl: Duration
  /// Whether it ends when the server refuses for good; else that is told, and tried again.
  let givesUp: Bool
  /// Told what a person should know.
  let note: @Sendable (String) -> Void

  /// Registers and keeps the lease until the task is cancelled. Throws `CommandError`.
  func run() async throws {
    var backOff = BackOff()
    var told = ""
    while !Task.isCancelled {
      do {
        try await register { engineID in
          backOff.reset()
          told = ""
          note("rollcall: registered at \(server) as \(engineID)")
        }
      } catch let status as Status {
        if Task.isCancelled { return }
        let error = CommandError(status, from: server)
        if givesUp, status.isFinal { throw error }
        tell(error, &told)
      } catch let error as CommandError {
        if Task.isCancelled { return }
        tell(error, &told)
      }
      // A lease is not lost for a pause.
      try? await Task.sleep(for: min(backOff.next(), ttl / 5))
    }
  }

  /// Ends the lease, if a server is there to be told.
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

  /// How long a server may take to answer.
  private var patience: Duration { min(.seconds(5), ttl / 3) }

  /// Registers once and keeps the lease. Returns when the server has forgotten it; throws what else ends it.
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

  /// A server that does not answer is gone, though its connection may still stand.
  private func keep(_ call: KeepAliveCall, leaseID: String) async throws {
    let watchdog = Task {
      try await Task.sleep(for: patience)
      call.cancel()
    }
    defer { watchdog.cancel() }
    _ = try await call.keep(leaseID: leaseID)
  }

  private func tell(_ error: CommandError, _ told: inout String) {
    guard error.description != told else { return }
    told = error.description
    note("rollcall: not registered: \(told); trying again")
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

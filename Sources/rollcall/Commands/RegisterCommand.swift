internal import ArgumentParser
internal import Catalog
internal import Glibc
internal import Wire

/// `rollcall register --engine URL -- COMMAND...`.
struct RegisterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "register",
    abstract: "Register an engine for as long as its process runs.",
    discussion: """
      Runs the command, registers the engine at once and keeps its lease while the command runs; deregisters when it \
      ends, and exits with its code. Signals are passed on to the command. While the server does not answer, registration \
      is tried again and the command runs on. Without a command, the engine is registered until this ends.

      Options of an engine follow its URL after commas, as for `rollcall serve --engine`; keys by key-env and key-file \
      alone, which the server reads on its own machine, as it does the files of certificates. When this process is killed, the server forgets the \
      engine within --ttl. The server takes this from its own machine alone, unless it was started with --admin-insecure.

      Examples:
        rollcall register --engine http://10.0.0.7:8000 -- vllm serve org/model --port 8000
        rollcall register --server rollcall:8080 --engine http://$(hostname -i):8000,labels.tier=gold --ttl 10s
      """)

  @OptionGroup var place: ServerOption

  @Option(
    help: ArgumentHelp("The engine, as the server reaches it.", valueName: "url[,option=value]..."))
  var engine: String

  @Option(
    help: ArgumentHelp(
      "How long the server keeps the engine without a renewal: 5s to 24h (default: 30s).",
      valueName: "duration"),
    transform: parseDuration)
  var ttl = Registration.usualTTL

  @Option(
    help: ArgumentHelp(
      "The id of the lease. It replaces a lease that has this id, such as that of an earlier run (default: a new id).",
      valueName: "id"))
  var leaseID: String?

  @Argument(parsing: .postTerminator, help: ArgumentHelp("The command that runs the engine.", valueName: "command"))
  var command: [String] = []

  func validate() throws {
    // Checked here and not by the parser: the parser's error would repeat the text, which may hold a key.
    do {
      _ = try RegisterRequest(argument: engine)
    } catch {
      throw ValidationError("\(error)")
    }
    guard Registration.ttlRange.contains(ttl) else { throw ValidationError("--ttl must be from 5s to 24h") }
    guard leaseID.map(Registration.isLeaseID) ?? true else {
      throw ValidationError("--lease-id must be 1 to 64 of a-z, 0-9 and '-'")
    }
  }

  func run() async throws {
    if command.isEmpty { try await hold() } else { try await wrap() }
  }

  private func keeper(givesUp: Bool) throws -> LeaseKeeper {
    var request = try RegisterRequest(argument: engine)
    request.ttl = ttl
    request.leaseID = leaseID ?? Registration.newLeaseID()
    return LeaseKeeper(server: place.server, request: request, ttl: ttl, givesUp: givesUp) { Terminal.note($0) }
  }

  /// Keeps the lease alive until a signal arrives or the server refuses.
  private func hold() async throws {
    let signals = await TerminationSignals()
    let keeper = try keeper(givesUp: true)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await keeper.run() }
      group.addTask { await signals.first() }
      defer { group.cancelAll() }
      try await group.next()
    }
    await keeper.release()
  }

  /// Keeps the lease alive until the command ends.
  private func wrap() async throws {
    let keeper = try keeper(givesUp: false)
    let signals = ForwardedSignals()
    let child: ChildProcess
    do {
      child = try ChildProcess(command, reset: signals.caught + [SIGPIPE])
    } catch let error as CommandNotStarted {
      Terminal.note("rollcall: \(error)")
      throw ExitCode(error.exitCode)
    }
    signals.begin(child)
    let keeping = Task { try await keeper.run() }
    let code = await child.waitForEnd()
    // The command's process id may belong to another process by now.
    signals.end()
    keeping.cancel()
    _ = await keeping.result
    await keeper.release()
    throw ExitCode(code)
  }
}

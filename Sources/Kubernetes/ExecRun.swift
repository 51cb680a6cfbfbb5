import Foundation
import Subprocess
import SystemPackage

/// One run of a credential plugin, from its start until its process group is empty.
struct ExecRun: Sendable {
  /// The most bytes that the plugin may print on its standard output.
  private static let outputLimit = 1 << 20
  /// The time between SIGTERM and SIGKILL for a plugin that must end.
  static let grace: Duration = .milliseconds(500)
  /// The longest wait for the end of a plugin that must end. A plugin that heeds no signal takes one grace, and what is
  /// left of its group another; the third is for a slow machine.
  static let patience = grace * 3

  /// The output and the exit status of a plugin.
  struct Ending: Sendable {
    var output: [UInt8]
    var status: TerminationStatus
  }

  /// Runs a plugin, and ends it when the task is cancelled.
  typealias Runner = @Sendable (ExecCommand) async throws -> Ending

  private let command: ExecCommand
  private let limit: Duration
  private let patience: Duration
  private let runner: Runner

  /// `limit`: the time that the plugin may take. `patience`: the longest wait for its end after that.
  init(
    _ command: ExecCommand, limit: Duration, patience: Duration = ExecRun.patience, runner: @escaping Runner
  ) {
    self.command = command
    self.limit = limit
    self.patience = patience
    self.runner = runner
  }

  /// Runs the plugin. Throws `KubeError` with the name of the plugin, or `CancellationError`.
  func credential() async throws -> ExecCredential {
    do {
      return try await outcome()
    } catch let error as CancellationError {
      throw error
    } catch {
      let name = command.program.split(separator: "/").last.map(String.init) ?? command.program
      throw KubeError("the credential plugin \(name): \(Self.reason(error))")
    }
  }

  /// The plugin's credential. When the plugin does not end in time, the credential that it has printed by then counts.
  private func outcome() async throws -> ExecCredential {
    // In a task of its own, because it may outlast this call: no signal ends a plugin that runs as another user, or
    // that waits uninterruptibly.
    let run = Task { [runner, command] in try await runner(command) }
    if let result = await Self.result(of: run, within: limit) {
      let ending = try result.get()
      try check(ending.status)
      return try credential(in: ending.output)
    }
    run.cancel()
    // In a task of its own, because this task may be cancelled: the plugin keeps its time to end all the same.
    let late = await Task { [patience] in await Self.result(of: run, within: patience) }.value
    try Task.checkCancellation()
    switch late {
    case .failure(let error) where !(error is CancellationError): throw error
    case .success(let ending):
      if let credential = try? credential(in: ending.output) { return credential }
      fallthrough
    default: throw KubeError("it did not end within \(limit)")
    }
  }

  /// The result of a run; nil when the run goes on after `time`, and when the caller is cancelled.
  private static func result(
    of run: Task<Ending, any Error>, within time: Duration
  ) async -> Result<Ending, any Error>? {
    let (results, sender) = AsyncStream.makeStream(of: Result<Ending, any Error>.self)
    Task {
      sender.yield(await run.result)
      sender.finish()
    }
    let timer = Task {
      try? await Task.sleep(for: time)
      sender.finish()
    }
    defer { timer.cancel() }
    return await results.first { _ in true }
  }

  private func credential(in output: [UInt8]) throws(KubeError) -> ExecCredential {
    try ExecCredential(Data(output), apiVersion: command.apiVersion)
  }

  private func check(_ status: TerminationStatus) throws(KubeError) {
    switch status {
    case .exited(0): return
    // `env` exits with 127 when it finds no such program, and with 126 when it may not run it.
    case .exited(126), .exited(127):
      let hint = command.hint.split(separator: "\n").first.map { "; \($0)" } ?? ""
      throw KubeError("it cannot be run\(hint)")
    case .exited(let code): throw KubeError("it ended with \(code)")
    case .signaled(let signal): throw KubeError("it ended with signal \(signal)")
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as KubeError: error.description
    case let error as SubprocessError where error.code == .outputLimitExceeded: "it printed more than 1 MiB"
    default: "\(error)"
    }
  }

  private static func configuration(_ command: ExecCommand) throws -> Subprocess.Configuration {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)
    ]
    let additions = command.environment.merging(["KUBERNETES_EXEC_INFO": try command.info()]) { $1 }
    // `env` finds and runs a program as a shell does, even a script without `#!`; the library alone does not.
    return Subprocess.Configuration(
      executable: .path("/usr/bin/env" as FilePath), arguments: Arguments(["--", command.program] + command.arguments),
      environment: .inherit.updating(
        Dictionary(uniqueKeysWithValues: additions.map { (Environment.Key(stringLiteral: $0), $1) })),
      platformOptions: options)
  }

  /// Runs the plugin until it exits, even if a child of it still holds its output open. Cancellation ends the plugin.
  static func run(_ command: ExecCommand) async throws -> Ending {
    let configuration = try configuration(command)
    var group: ProcessGroup?
    let result: Result<Ending, any Error>
    do {
      // Standard input is /dev/null, because no user can answer a prompt. The plugin's error messages go to the
      // standard error of this process.
      let ended = try await Subprocess.run(
        configuration, input: .none, output: .bytes(limit: outputLimit), error: .currentStandardError
      ) { execution in
        group = ProcessGroup(id: execution.processIdentifier.value)
      }
      result = .success(Ending(output: ended.standardOutput, status: ended.terminationStatus))
    } catch {
      result = .failure(error)
    }
    if let group {
      // In a task of its own, because this task may be cancelled: the group keeps its grace period all the same.
      await Task { await group.end(grace: grace) }.value
    }
    return try result.get()
  }
}

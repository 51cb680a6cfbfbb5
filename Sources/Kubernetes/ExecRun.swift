import Foundation
import Subprocess
import SystemPackage

/// One run of a credential plugin, from its start until its process group is empty.
struct ExecRun: Sendable {
  /// The most bytes that the plugin may print on its standard output.
  private static let outputLimit = 1 << 20
  /// The time between SIGTERM and SIGKILL for a plugin that must end.
  private static let grace: Duration = .milliseconds(500)

  private let command: ExecCommand
  private let limit: Duration

  /// `limit`: the time that the plugin may take.
  init(_ command: ExecCommand, limit: Duration) {
    self.command = command
    self.limit = limit
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

  /// The output and the exit status of a plugin.
  private struct Ending: Sendable {
    var output: [UInt8]
    var status: TerminationStatus
  }

  /// The plugin's credential. When the plugin does not end in time, the credential that it has printed by then counts.
  private func outcome() async throws -> ExecCredential {
    let configuration = try configuration()
    return try await withThrowingTaskGroup(of: Ending?.self) { group in
      group.addTask { try await Self.run(configuration) }
      group.addTask { [limit] in
        try? await Task.sleep(for: limit)
        return nil
      }
      var isLate = false
      var ending: Ending?
      while ending == nil, let next = try await group.next() {
        if next == nil { isLate = true }
        ending = next
        // Ends the plugin or the timer, whichever still runs.
        group.cancelAll()
      }
      try Task.checkCancellation()
      guard let ending else { throw CancellationError() }
      guard !isLate else {
        guard let credential = try? credential(in: ending.output) else {
          throw KubeError("it did not end within \(limit)")
        }
        return credential
      }
      try check(ending.status)
      return try credential(in: ending.output)
    }
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

  private func configuration() throws -> Subprocess.Configuration {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: Self.grace)
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
  private static func run(_ configuration: Subprocess.Configuration) async throws -> Ending {
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

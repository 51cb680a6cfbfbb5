import Fleet
import Foundation
import Glibc
import Synchronization

/// Runs a command for its credential when there is none, when the last is about to end, and when that was refused.
actor ExecPlugin {
  /// One per command, however often its kubeconfig is read: what one request was given serves the next.
  private static let all = Mutex<[ExecCommand: ExecPlugin]>([:])

  static func of(_ command: ExecCommand) -> ExecPlugin {
    all.withLock { plugins in
      if let plugin = plugins[command] { return plugin }
      let plugin = ExecPlugin(command)
      plugins[command] = plugin
      return plugin
    }
  }

  /// How long it may take.
  static let limit: Duration = .seconds(30)
  /// Before its end a credential is not used any more.
  private static let margin: TimeInterval = 10

  private let command: ExecCommand
  private let limit: Duration
  private var known: ExecCredential?
  private var running: Task<ExecCredential, any Error>?

  init(_ command: ExecCommand, limit: Duration = ExecPlugin.limit) {
    self.command = command
    self.limit = limit
  }

  /// Throws `KubeError`, or `CancellationError` when the caller is cancelled. Whoever asks while the command runs waits for
  /// that run; whoever is cancelled ends it, and the others begin another.
  func credential() async throws -> ExecCredential {
    if let known, known.expires.map({ $0.timeIntervalSinceNow > Self.margin }) ?? true { return known }
    let (command, limit) = (command, limit)
    while true {
      let task = running ?? Task { try await ExecRun.output(of: command, limit: limit) }
      running = task
      let result = await withTaskCancellationHandler {
        await task.result
      } onCancel: {
        task.cancel()
      }
      if running == task { running = nil }
      if case .failure(let error) = result, error is CancellationError, !Task.isCancelled { continue }
      let credential = try result.get()
      known = credential
      return credential
    }
  }

  /// It was refused.
  func forget(_ credential: ExecCredential) {
    if known == credential { known = nil }
  }
}

/// One run of a plugin.
private final class ExecRun: Sendable {
  private static let outputLimit = 1 << 20

  static func output(of command: ExecCommand, limit: Duration) async throws -> ExecCredential {
    let name = command.program.split(separator: "/").last.map(String.init) ?? command.program
    do {
      let (output, status) = try await ExecRun().run(command, limit: limit)
      // As `env` ends when it finds no such program, or none that it may run.
      guard status != 127, status != 126 else {
        let hint = command.hint.split(separator: "\n").first.map { "; \($0)" } ?? ""
        throw KubeError("it cannot be run\(hint)")
      }
      guard status == 0 else { throw KubeError("it ended with \(status)") }
      return try ExecCredential(output, apiVersion: command.apiVersion)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw KubeError(
        "the credential plugin \(name): \((error as? KubeError)?.description ?? error.localizedDescription)")
    }
  }

  private typealias Answer = CheckedContinuation<(Data, Int32), any Error>
  private let waiting = Mutex<Answer?>(nil)

  /// Does something before, unless it has ended.
  private func end(_ result: Result<(Data, Int32), any Error>, before: () -> Void = {}) {
    waiting.withLock { waiting in
      guard let answer = waiting else { return }
      waiting = nil
      before()
      answer.resume(with: result)
    }
  }

  /// Its standard error is this process' own: plugins say there what went wrong.
  private func run(_ command: ExecCommand, limit: Duration) async throws -> (Data, Int32) {
    let process = Process()
    // `env` finds the program as a shell does.
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["--", command.program] + command.arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(command.environment) { $1 }
      .merging(["KUBERNETES_EXEC_INFO": try command.info()]) { $1 }
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    try process.run()
    let pid = process.processIdentifier
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        waiting.withLock { $0 = continuation }
        DispatchQueue.global().asyncAfter(deadline: .now() + limit / .seconds(1)) { [self] in
          stop(pid, KubeError("it did not end within \(limit)"))
        }
        DispatchQueue.global().async { [self] in
          var output = Data()
          while let piece = try? pipe.fileHandleForReading.read(upToCount: 65_536), !piece.isEmpty {
            if output.count <= Self.outputLimit { output += piece }
          }
          process.waitUntilExit()
          end(
            output.count > Self.outputLimit
              ? .failure(KubeError("it printed more than 1 MiB")) : .success((output, process.terminationStatus)))
        }
        if Task.isCancelled { stop(pid, CancellationError()) }
      }
    } onCancel: {
      stop(pid, CancellationError())
    }
  }

  private func stop(_ pid: pid_t, _ error: any Error) {
    end(.failure(error)) {
      // Its children, too, where they are a group: they hold the pipe.
      if getpgid(pid) == pid { kill(-pid, SIGKILL) } else { kill(pid, SIGKILL) }
    }
  }
}

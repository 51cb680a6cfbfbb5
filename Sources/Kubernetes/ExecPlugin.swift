import Fleet
import Foundation
import Synchronization

/// Runs a credential plugin when it has no credential, when the last credential is about to expire, and when the server
/// has refused it.
actor ExecPlugin {
  /// One plugin per command, however often the kubeconfig is read, so that all requests share its credential.
  private static let plugins = Mutex<[ExecCommand: ExecPlugin]>([:])

  static func shared(for command: ExecCommand) -> ExecPlugin {
    plugins.withLock { plugins in
      if let plugin = plugins[command] { return plugin }
      let plugin = ExecPlugin(command)
      plugins[command] = plugin
      return plugin
    }
  }

  /// The longest time that one run may take.
  static let limit: Duration = .seconds(30)
  /// Seconds before the expiry of a credential at which the plugin runs again.
  private static let margin: TimeInterval = 10

  /// The most runs that go on after their callers gave up on them; beyond it the plugin does not run.
  private static let unendedLimit = 2

  private let command: ExecCommand
  private let limit: Duration
  private let patience: Duration
  private let runner: ExecRun.Runner
  /// The runs that have not ended.
  private let unended = Mutex(0)
  private var known: ExecCredential?
  private var running: Task<ExecCredential, any Error>?

  init(
    _ command: ExecCommand, limit: Duration = ExecPlugin.limit, patience: Duration = ExecRun.patience,
    runner: @escaping ExecRun.Runner = { try await ExecRun.run($0) }
  ) {
    self.command = command
    self.limit = limit
    self.patience = patience
    self.runner = runner
  }

  /// A credential that is valid now. Callers that come while the command runs share that run. A caller that is
  /// cancelled ends the run, and the other callers begin another. Throws `KubeError`, or `CancellationError` when the
  /// caller is cancelled.
  func credential() async throws -> ExecCredential {
    if let known, known.expires.map({ $0.timeIntervalSinceNow > Self.margin }) ?? true { return known }
    let run = ExecRun(command, limit: limit, patience: patience, runner: run)
    while true {
      let task = running ?? Task { try await run.credential() }
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

  /// Runs the plugin, unless too many of its runs have not ended: processes that no signal ends must not pile up.
  private nonisolated func run(_ command: ExecCommand) async throws -> ExecRun.Ending {
    try unended.withLock { count in
      guard count < Self.unendedLimit else { throw KubeError("its last \(count) runs have not ended yet") }
      count += 1
    }
    defer { unended.withLock { $0 -= 1 } }
    return try await runner(command)
  }

  /// Drops a credential that the server refused, unless a newer credential has replaced it.
  func forget(_ credential: ExecCredential) {
    if known == credential { known = nil }
  }
}

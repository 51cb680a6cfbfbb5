import Foundation
import Synchronization
import TestKit
import Testing

@testable import Fleet
@testable import Kubernetes

/// Plugins that do not end, or not by themselves.
extension ExecPluginTests {
  /// The processes whose ids a script wrote into a file.
  private func processes(_ directory: URL) throws -> [Int32] {
    try String(contentsOf: directory.appending(path: "pids"), encoding: .utf8).split(separator: "\n").compactMap {
      Int32($0)
    }
  }

  /// Whether a process runs; a zombie does not.
  private func isRunning(_ id: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return false }
    return status.split(separator: ")").last?.hasPrefix(" Z") != true
  }

  /// Descriptors and threads of this process.
  private func held() throws -> (descriptors: Int, threads: Int) {
    func count(_ path: String) throws -> Int { try FileManager.default.contentsOfDirectory(atPath: path).count }
    return (try count("/proc/self/fd"), try count("/proc/self/task"))
  }

  // A run that waited for the child would take the plugin's whole 30 s.
  @Test(arguments: ["", "trap '' TERM; "])
  func `a child that a plugin leaves behind is ended, and no descriptor stays open`(trap: String) async throws {
    let runs = 5
    let printed = told(#""token":"t","expirationTimestamp":"2001-01-01T00:00:00Z""#)
    try await withPlugin("(\(trap)exec sleep 1000) & echo $! >> pids; printf '%s' '\(printed)'") { plugin, directory in
      for _ in 0..<runs { #expect(try await plugin.credential().token == "t") }
      let left = try processes(directory)
      #expect(left.count == runs && !left.contains { isRunning($0) })
      // Other tests begin to hold some of their own meanwhile. What a plugin leaves would grow in every round.
      var rounds = 20
      while rounds > 0 {
        let before = try held()
        for _ in 0..<runs { _ = try await plugin.credential() }
        let now = try held()
        if now.descriptors < before.descriptors + runs - 1, now.threads < before.threads + runs - 1 { break }
        rounds -= 1
      }
      #expect(rounds > 0, "each round holds more")
    }
  }

  @Test func `a plugin that has answered but does not end is believed when its time is over`() async throws {
    let script = "echo $$ >> pids; printf '%s' '\(told(#""token":"t""#))'; sleep 600"
    try await withPlugin(script, limit: .seconds(1)) { plugin, directory in
      #expect(try await plugin.credential().token == "t")
      let left = try processes(directory)
      #expect(!left.contains { isRunning($0) })
    }
  }

  @Test func `a plugin that ignores SIGTERM is killed`() async throws {
    try await withPlugin("trap '' TERM; echo $$ >> pids; sleep 600; sleep 600", limit: .seconds(1)) {
      plugin, directory in
      let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
      #expect(problem?.description.contains("did not end") == true, "\(String(describing: problem))")
      let left = try processes(directory)
      #expect(!left.contains { isRunning($0) })
    }
  }

  /// A plugin that no cancellation ends: it prints its answer and ends after a test has released it.
  private struct DeafPlugin {
    let command: ExecCommand
    let runner: ExecRun.Runner
    let isCancelled: @Sendable () -> Bool
    let release: () -> Void
  }

  private func withDeafPlugin(printing output: String, _ body: (DeafPlugin) async throws -> Void) async throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "deaf-\(UUID().uuidString)")
      .path(percentEncoded: false)
    try #require(FileManager.default.createFile(atPath: file, contents: nil))
    let script = "while [ -e '\(file)' ]; do sleep 0.02; done; printf '%s' '\(output)'"
    let cancelled = Mutex(false)
    let plugin = DeafPlugin(
      command: ExecCommand(
        apiVersion: Self.version, program: "sh", arguments: ["-c", script], environment: [:], hint: ""),
      runner: { command in
        try await withTaskCancellationHandler {
          // In a task of its own, which nothing cancels.
          try await Task { try await ExecRun.run(command) }.value
        } onCancel: {
          cancelled.withLock { $0 = true }
        }
      },
      isCancelled: { cancelled.withLock { $0 } }, release: { try? FileManager.default.removeItem(atPath: file) })
    defer { plugin.release() }
    try await body(plugin)
  }

  @Test func `the caller does not wait for a plugin that nothing ends`() async throws {
    let limit = Duration.milliseconds(200)
    try await withDeafPlugin(printing: "") { plugin in
      let start = ContinuousClock.now
      let problem = await #expect(throws: KubeError.self) {
        try await ExecRun(plugin.command, limit: limit, runner: plugin.runner).credential()
      }
      #expect(problem?.description == "the credential plugin sh: it did not end within \(limit)")
      #expect(start.duration(to: .now) >= limit + ExecRun.patience && plugin.isCancelled())
    }
  }

  @Test func `a cancelled caller does not wait for a plugin that nothing ends`() async throws {
    try await withDeafPlugin(printing: "") { plugin in
      let run = ExecRun(plugin.command, limit: .seconds(600), runner: plugin.runner)
      let asking = Task { try await run.credential() }
      try await Task.sleep(for: .milliseconds(50))
      let start = ContinuousClock.now
      asking.cancel()
      await #expect(throws: CancellationError.self) { try await asking.value }
      #expect(start.duration(to: .now) >= ExecRun.patience && plugin.isCancelled())
    }
  }

  @Test func `a plugin that ends late with an answer is believed`() async throws {
    try await withDeafPlugin(printing: told(#""token":"t""#)) { plugin in
      let run = ExecRun(plugin.command, limit: .milliseconds(50), patience: .seconds(50), runner: plugin.runner)
      let asking = Task { try await run.credential() }
      try await until { plugin.isCancelled() }
      plugin.release()
      #expect(try await asking.value.token == "t")
    }
  }

  @Test func `runs that nothing ends do not pile up, and the plugin runs again when they have ended`() async throws {
    try await withDeafPlugin(printing: told(#""token":"t""#)) { deaf in
      let plugin = ExecPlugin(deaf.command, limit: .milliseconds(10), runner: deaf.runner)
      for _ in 1...2 {
        let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
        #expect(problem?.description.contains("did not end") == true)
      }
      let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
      #expect(problem?.description == "the credential plugin sh: its last 2 runs have not ended yet")
      deaf.release()
      try await until { (try? await plugin.credential().token) == "t" }
    }
  }

  @Test func `a plugin that a signal ends is reported with the signal`() async throws {
    try await withPlugin("kill -KILL $$") { plugin, _ in
      let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
      #expect(problem?.description == "the credential plugin sh: it ended with signal 9")
    }
  }

  /// Also when a child of it holds the pipe.
  @Test(arguments: ["sleep 600", "sleep 600 & sleep 600"])
  func `a plugin that does not end is ended`(script: String) async throws {
    try await withPlugin(script, limit: .milliseconds(200)) { plugin, _ in
      let problem = await #expect(throws: KubeError.self) { try await plugin.credential() }
      #expect(problem?.description.contains("did not end") == true, "\(String(describing: problem))")
    }
  }

  @Test func `a cancelled caller does not wait`() async throws {
    try await withPlugin("[ -e runs ] || { echo > runs; sleep 600; }; " + counting()) { plugin, directory in
      let asking = Task { try await plugin.credential() }
      try await until {
        FileManager.default.fileExists(atPath: directory.appending(path: "runs").path(percentEncoded: false))
      }
      asking.cancel()
      await #expect(throws: CancellationError.self) { try await asking.value }
      let credential = try await plugin.credential()
      #expect(credential.token == "t2")
    }
  }

  @Test func `a cancelled caller takes nothing from other callers`() async throws {
    try await withPlugin("[ -e runs ] || { echo > runs; sleep 600; }; " + counting()) { plugin, directory in
      let asking = (0..<3).map { _ in Task { try await plugin.credential() } }
      try await until {
        FileManager.default.fileExists(atPath: directory.appending(path: "runs").path(percentEncoded: false))
      }
      asking[0].cancel()
      await #expect(throws: CancellationError.self) { try await asking[0].value }
      for task in asking.dropFirst() {
        let credential = try await task.value
        #expect(credential.token == "t2")
      }
    }
  }
}

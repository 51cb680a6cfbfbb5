import Foundation
import Synchronization
import Testing

/// The program itself in a process of its own, its output in files that are read while it runs.
final class RunningCommand: Sendable {
  private let process: Mutex<Process>
  private let directory: URL

  /// Starts `rollcall` with arguments.
  init(_ arguments: [String]) throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "rollcall-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.file(directory.appending(path: "out"))
    process.standardError = try Self.file(directory.appending(path: "err"))
    try process.run()
    self.process = Mutex(process)
  }

  deinit {
    process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
    try? FileManager.default.removeItem(at: directory)
  }

  var output: String { text("out") }
  var errors: String { text("err") }

  func send(_ signal: Int32) {
    process.withLock { _ = kill($0.processIdentifier, signal) }
  }

  /// Waits for the end and returns the exit code; nil when it was ended by a signal or does not end.
  func exitCode() async -> Int32? {
    guard (try? await eventually({ self.process.withLock { !$0.isRunning } })) == true else { return nil }
    return process.withLock { $0.terminationReason == .exit ? $0.terminationStatus : nil }
  }

  /// Runs to the end and returns what came out.
  static func run(_ arguments: [String]) async throws -> (output: String, errors: String, code: Int32?) {
    let command = try RunningCommand(arguments)
    let code = await command.exitCode()
    return (command.output, command.errors, code)
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOf: directory.appending(path: name), encoding: .utf8)) ?? ""
  }

  private static func file(_ url: URL) throws -> FileHandle {
    _ = FileManager.default.createFile(atPath: url.path(), contents: nil)
    return try FileHandle(forWritingTo: url)
  }

  /// Beside the tests.
  private static var program: URL {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "rollcall")
  }
}

/// Whether a condition comes to hold within a time that is only reached when something is broken.
func eventually(_ condition: @Sendable () async throws -> Bool) async throws -> Bool {
  let end = ContinuousClock.now + .seconds(20)
  while ContinuousClock.now < end {
    if try await condition() { return true }
    try? await Task.sleep(for: .milliseconds(20))
  }
  return false
}

/// Expects a condition to come to hold.
func expectEventually(
  sourceLocation: SourceLocation = #_sourceLocation, _ condition: @Sendable () async throws -> Bool
) async throws {
  if try await !eventually(condition) {
    Issue.record("what was waited for did not come", sourceLocation: sourceLocation)
  }
}

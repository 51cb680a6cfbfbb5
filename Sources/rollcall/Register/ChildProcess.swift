internal import Dispatch
internal import Foundation
internal import Glibc

/// A command that runs as a child of this process, in a process group of its own: what a terminal sends, it is sent once,
/// by whoever forwards it.
struct ChildProcess: Sendable {
  let pid: pid_t

  /// `words`: the program, found as a shell finds it, and its arguments. Signals in `reset` do in the child what they do
  /// by themselves; none is blocked. Throws `CommandError` and the exit code that a shell gives.
  init(_ words: [String], reset: [Int32]) throws {
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var (none, defaults) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&none)
    unsafe sigemptyset(&defaults)
    for signal in reset { unsafe sigaddset(&defaults, signal) }
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      unsafe (arguments + variables).forEach { unsafe free($0) }
    }
    var pid: pid_t = 0
    let error = unsafe posix_spawnp(&pid, words[0], nil, &attributes, &arguments, &variables)
    guard error == 0 else { throw CommandNotStarted(program: words[0], error: error) }
    self.pid = pid
  }

  func send(_ signal: Int32) {
    kill(pid, signal)
  }

  /// The exit code, or 128 and the signal that ended it, as shells tell it. Ends of other children, which a first process
  /// of a container inherits, are taken note of.
  func waitForEnd() async -> Int32 {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        while true {
          var status: Int32 = 0
          let ended = unsafe waitpid(-1, &status, 0)
          if ended == pid { return continuation.resume(returning: Self.code(status)) }
          // Somebody else has heard of it.
          if ended == -1, errno != EINTR { return continuation.resume(returning: 1) }
        }
      }
    }
  }

  /// Whether a signal does nothing here since this process began, as `nohup` has it.
  static func isIgnored(_ signal: Int32) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func code(_ status: Int32) -> Int32 {
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : 128 + signal
  }
}

/// Why a command does not run.
struct CommandNotStarted: Error, CustomStringConvertible {
  var program: String
  /// An `errno`.
  var error: Int32

  var description: String {
    let reason = POSIXErrorCode(rawValue: error).map { POSIXError($0).localizedDescription } ?? "error \(error)"
    return "cannot run \(program): \(reason)"
  }

  /// As shells have it.
  var exitCode: Int32 { error == ENOENT ? 127 : 126 }
}

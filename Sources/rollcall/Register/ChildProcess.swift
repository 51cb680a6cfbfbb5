internal import Dispatch
internal import Foundation
internal import Glibc

/// A command that runs as a child of this process, in a process group of its own. Therefore a signal of the terminal
/// reaches the command once, through this process, which forwards it.
///
/// This type spawns the command because swift-subprocess (1.0.2) cannot do three things that a wrapper must. It resets
/// every signal, so a command under `nohup` would end with its terminal. It closes every descriptor but the standard
/// ones, so a command would lose the descriptors that it is to inherit, as from systemd or from `<(...)` of a shell. It
/// waits for its own child only, but the first process of a container also inherits orphans and must reap them.
struct ChildProcess: Sendable {
  let pid: pid_t

  /// Starts a command. `command`: the program, looked up as a shell does, and its arguments. Signals in `reset` get their
  /// default action in the child, and no signal is blocked. Throws `CommandNotStarted`.
  init(_ command: [String], reset: [Int32]) throws {
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
    var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    var variables = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer {
      unsafe (arguments + variables).forEach { unsafe free($0) }
    }
    var pid: pid_t = 0
    let error = unsafe posix_spawnp(&pid, command[0], nil, &attributes, &arguments, &variables)
    guard error == 0 else { throw CommandNotStarted(program: command[0], error: error) }
    self.pid = pid
  }

  func send(_ signal: Int32) {
    kill(pid, signal)
  }

  /// Waits for the command to end. Returns the exit code, or 128 plus the signal that ended the command, as shells do.
  /// Also reaps the other children, which the first process of a container inherits.
  func waitForEnd() async -> Int32 {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        while true {
          var status: Int32 = 0
          let ended = unsafe waitpid(-1, &status, 0)
          if ended == pid { return continuation.resume(returning: Self.code(status)) }
          // There is no child left: another part of this process has reaped it.
          if ended == -1, errno != EINTR { return continuation.resume(returning: 1) }
        }
      }
    }
  }

  /// Whether this process was started with a signal ignored, as by `nohup`.
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

/// The reason why a command could not be started.
struct CommandNotStarted: Error, CustomStringConvertible {
  var program: String
  /// The `errno` of the failed start.
  var error: Int32

  var description: String {
    let reason = POSIXErrorCode(rawValue: error).map { POSIXError($0).localizedDescription } ?? "error \(error)"
    return "cannot run \(program): \(reason)"
  }

  /// 127 when the program does not exist, else 126, as in shells.
  var exitCode: Int32 { error == ENOENT ? 127 : 126 }
}

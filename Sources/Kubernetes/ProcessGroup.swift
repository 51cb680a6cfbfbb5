import Glibc

/// A process group whose leader was a child of this process and has exited.
struct ProcessGroup: Sendable {
  /// The process id of the leader. The kernel gives it to no other process while the group has a member.
  let id: pid_t

  /// The time between two checks whether the group is empty.
  private static let interval: Duration = .milliseconds(10)

  /// Ends the remaining members: SIGTERM, and SIGKILL after `grace`. Returns at once when the group is empty.
  func end(grace: Duration) async {
    guard signal(SIGTERM) else { return }
    let deadline = ContinuousClock.now + grace
    while ContinuousClock.now < deadline {
      try? await Task.sleep(for: Self.interval)
      guard signal(0) else { return }
    }
    guard signal(SIGKILL) else { return }
    // A killed process is a zombie until its parent reaps it, and in a container that parent may be this process.
    try? await Task.sleep(for: Self.interval)
    reap()
  }

  /// Sends a signal and returns whether the group has a member. Signal 0 only checks.
  private func signal(_ number: Int32) -> Bool {
    reap()
    return kill(-id, number) == 0
  }

  /// Reaps members that became children of this process when their parent exited.
  private func reap() {
    while waitpid(-id, nil, WNOHANG) > 0 {}
  }
}

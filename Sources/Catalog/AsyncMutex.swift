import Synchronization

/// A mutex that a task may hold across an `await`. Tasks get it in the order in which they ask for it.
final class AsyncMutex: Sendable {
  private struct Line {
    var isTaken = false
    var waiting: [CheckedContinuation<Bool, Never>] = []
    /// The number of tasks at the front of `waiting` that already got their turn.
    var passed = 0
  }

  private let line = Mutex(Line())

  /// The number of tasks that hold the mutex or wait for it.
  var count: Int { line.withLock { $0.isTaken ? 1 + $0.waiting.count - $0.passed : 0 } }

  /// Waits for the caller's turn, which lasts until `leave`. Returns false at once when `limit` tasks already wait.
  @discardableResult
  func enter(behindAtMost limit: Int = .max) async -> Bool {
    await withCheckedContinuation { continuation in
      let answer = line.withLock { line -> Bool? in
        guard line.isTaken else {
          line.isTaken = true
          return true
        }
        guard line.waiting.count - line.passed < limit else { return false }
        line.waiting.append(continuation)
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  func leave() {
    let next = line.withLock { line -> CheckedContinuation<Bool, Never>? in
      guard line.passed < line.waiting.count else {
        line = Line()
        return nil
      }
      line.passed += 1
      let next = line.waiting[line.passed - 1]
      if line.passed >= 64, line.passed * 2 >= line.waiting.count {
        line.waiting.removeFirst(line.passed)
        line.passed = 0
      }
      return next
    }
    next?.resume(returning: true)
  }
}

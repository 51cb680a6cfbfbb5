import Synchronization

/// A mutex that a task may hold across an `await`: tasks take their turns in the order in which they come.
final class AsyncMutex: Sendable {
  private struct Line {
    var isTaken = false
    var waiting: [CheckedContinuation<Bool, Never>] = []
    /// Of `waiting`, how many went through already.
    var passed = 0
  }

  private let line = Mutex(Line())

  /// The holder and the tasks that wait behind it.
  var count: Int { line.withLock { $0.isTaken ? 1 + $0.waiting.count - $0.passed : 0 } }

  /// Returns when it is the caller's turn, which ends with `leave`; at once and false when so many wait already.
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

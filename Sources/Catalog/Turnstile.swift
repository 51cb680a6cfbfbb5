import Synchronization

/// Lets tasks through one at a time, in the order in which they came.
final class Turnstile: Sendable {
  private struct Line {
    var isTaken = false
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// Of `waiting`, how many went through already.
    var passed = 0
  }

  private let line = Mutex(Line())

  /// Returns when it is the caller's turn, which ends with `leave`.
  func enter() async {
    await withCheckedContinuation { continuation in
      let isFree = line.withLock { line in
        if line.isTaken {
          line.waiting.append(continuation)
          return false
        }
        line.isTaken = true
        return true
      }
      if isFree { continuation.resume() }
    }
  }

  func leave() {
    let next = line.withLock { line -> CheckedContinuation<Void, Never>? in
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
    next?.resume()
  }
}

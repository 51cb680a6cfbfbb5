import GRPC
import Synchronization

/// Where replies that take time wait until a test opens it; counts what became of them.
final class Gate: Sendable {
  struct Counts: Equatable {
    var began = 0
    var cancelled = 0
    var ended = 0
  }

  private struct State {
    var isOpen = false
    var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    var counts = Counts()
  }

  /// Of the streamed bodies that were made behind the gate.
  let log = CallLog()
  private let state = Mutex(State())
  /// Paths that were asked for, in the order of their answers.
  let paths = Mutex<[String]>([])

  var isOpen: Bool { state.withLock { $0.isOpen } }
  var counts: Counts { state.withLock { $0.counts } }

  /// Lets go on who waits, and who comes later.
  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for continuation in waiting.values { continuation.resume() }
  }

  /// Returns when the gate opens, or when the task is cancelled; a stubborn one does not care for the latter.
  func pass(isStubborn: Bool = false) async {
    let id = state.withLock { state in
      state.counts.began += 1
      return state.counts.began
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let goesOn = state.withLock { state in
          if state.isOpen || (Task.isCancelled && !isStubborn) { return true }
          state.waiting[id] = continuation
          return false
        }
        if goesOn { continuation.resume() }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        state.counts.cancelled += 1
        return isStubborn ? nil : state.waiting.removeValue(forKey: id)
      }
      continuation?.resume()
    }
    state.withLock { $0.counts.ended += 1 }
  }

  /// The reply to a message, which is sent back; one that begins with 1 is stubborn, with 2 a failure.
  func reply(_ message: [UInt8]) async -> Reply {
    await pass(isStubborn: message.first == 1)
    return message.first == 2 ? .failure(Status(.aborted, "wanted", details: [1, 2, 3])) : .message([message[...]])
  }
}

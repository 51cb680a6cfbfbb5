import Synchronization

/// Counts from any task.
final class Counter: Sendable {
  private let atomic = Atomic<Int>(0)

  var value: Int { atomic.load(ordering: .relaxed) }

  func increase() {
    atomic.add(1, ordering: .relaxed)
  }
}

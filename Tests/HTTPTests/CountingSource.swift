import Synchronization

@testable import HTTP

/// Makes streams and counts how many were closed.
struct CountingSource: Sendable {
  final class Count: Sendable {
    private let atomic = Atomic<Int>(0)

    var value: Int { atomic.load(ordering: .relaxed) }

    func increase() {
      atomic.add(1, ordering: .relaxed)
    }
  }

  let count = Count()

  func copy() -> any BodySource {
    Source(count: count)
  }

  private final class Source: BodySource {
    private let count: Count

    init(count: Count) {
      self.count = count
    }

    func produce(into out: inout [ArraySlice<UInt8>], now: ContinuousClock.Instant) -> BodyProgress {
      out.append([1])
      return .more
    }

    func closed() {
      count.increase()
    }
  }
}

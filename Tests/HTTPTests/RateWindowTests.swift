import Testing

@testable import HTTP

@Suite struct RateWindowTests {
  private let least = RateWindow.Least(window: 10_000, bytesPerSecond: 100)

  /// The second in which a transfer of `rate(second)` bytes in total is too slow; nil: never within 500 s.
  private func end(_ count: (Int) -> Int, isWaiting: (Int) -> Bool = { _ in true }) -> Int? {
    var window = RateWindow()
    return (0..<500).first {
      window.isTooSlow(least, count: count($0), isWaiting: isWaiting($0), now: $0 * 1_000)
    }
  }

  @Test func `nothing, or a byte now and then, is too slow after one window`() {
    #expect(end { _ in 0 } == 10)
    #expect(end { $0 } == 10)
    #expect(end { $0 * 99 } == 10)
  }

  @Test func `the least rate is fast enough, evenly or in bursts`() {
    #expect(end { $0 * 100 } == nil)
    #expect(end { $0 / 9 * 1_000 } == nil)
  }

  @Test func `a transfer that has nothing to do is not judged`() {
    #expect(end({ _ in 0 }, isWaiting: { _ in false }) == nil)
    #expect(end({ _ in 0 }, isWaiting: { $0 % 10 != 9 }) == nil)
    #expect(end({ _ in 0 }, isWaiting: { $0 > 100 }) == 111)
  }

  @Test func `a fast start does not pay for a later stop`() {
    #expect(end { min($0, 50) * 1_000_000 } == 60)
  }
}

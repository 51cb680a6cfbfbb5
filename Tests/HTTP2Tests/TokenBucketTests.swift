import Testing

@testable import HTTP2

@Suite struct TokenBucketTests {
  @Test func `a bucket gives its burst at once and its rate after that`() {
    var bucket = TokenBucket(FrameRate(10, perSecond: 2))
    func taken(_ times: Int, now: Int) -> Int {
      var count = 0
      for _ in 0..<times where bucket.take(now: now) { count += 1 }
      return count
    }
    #expect(taken(15, now: 100) == 10)
    #expect(taken(3, now: 599) == 0)
    #expect(taken(3, now: 600) == 1)
    #expect(taken(15, now: 1_000_000) == 10)
    #expect(taken(3, now: 0) == 0, "a clock that goes back gives nothing")
    bucket.add(3)
    #expect(taken(15, now: 0) == 3)
  }
}

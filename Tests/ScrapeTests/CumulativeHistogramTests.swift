import Testing

@testable import Scrape

struct CumulativeHistogramTests {
  @Test(arguments: [
    (0.5, [0, 10, 10, 10], 1.5), (0.99, [0, 10, 10, 10], 1.99), (0.5, [4, 8, 8, 8], 1), (0.25, [4, 8, 8, 8], 0.5),
    // All that is longer than the highest finite bound is told as that.
    (0.5, [0, 0, 0, 7], 4), (0.99, [98, 98, 98, 100], 4), (1, [1, 2, 3, 3], 4), (0, [0, 2, 3, 3], 1),
    // A count below the one before it.
    (0.5, [0, 10, 9, 10], 1.5),
  ])
  func `a quantile is linear within its bucket`(_ share: Double, _ counts: [Double], _ value: Double) {
    #expect(CumulativeHistogram(bounds: [1, 2, 4, .infinity], counts: counts).quantile(share) == value)
  }

  @Test func `a histogram without observations or with one bucket has no quantile`() {
    #expect(CumulativeHistogram(bounds: [1, .infinity], counts: [0, 0]).quantile(0.5) == nil)
    #expect(CumulativeHistogram(bounds: [.infinity], counts: [3]).quantile(0.5) == nil)
  }

  @Test func `a quantile is not interpolated below a first bound that is not above zero`() {
    #expect(CumulativeHistogram(bounds: [-1, 1, .infinity], counts: [9, 10, 10]).quantile(0.5) == -1)
  }

  @Test(arguments: [
    #"ttft_bucket{le="1"} 1"#, "ttft_bucket{le=\"1\"} 1\nttft_bucket{le=\"1\"} 1\nttft_bucket{le=\"+Inf\"} 2",
    "ttft_bucket{le=\"1\"} NaN\nttft_bucket{le=\"+Inf\"} 2", "ttft_bucket{le=\"x\"} 1\nttft_bucket{le=\"+Inf\"} 2",
    "ttft_bucket{le=\"NaN\"} 1\nttft_bucket{le=\"+Inf\"} 2", "ttft_bucket 1\nttft_bucket{le=\"+Inf\"} 2",
    "ttft_bucket{le=\"1\"} -1\nttft_bucket{le=\"+Inf\"} 2", "ttft_bucket{le=\"+Inf\"} 2\nttft_bucket{le=\"1\" 1",
    "ttft_bucket{e=\"0\",le=\"+Inf\"} 2\nttft_bucket{e=\"1\",le=\"1\"} 2\nttft_bucket{e=\"1\",le=\"+Inf\"} 2",
  ])
  func `a histogram without its last bucket, with repeated or with mixed bounds is ignored`(_ body: String) {
    #expect(Scrape(body).engine.histograms.isEmpty)
  }

  @Test func `buckets may come in any order, with their labels in any order`() {
    let scrape = Scrape(
      """
      ttft_bucket{le="+Inf",a="1",b="2"} 3
      ttft_bucket{b="2",le="0.5",a="1"} 1
      ttft_count{a="1",b="2"} 3
      ttft_bucket{a="1",b="2",le="1e0"} 2
      """)
    #expect(
      scrape.engine.histograms[.ttft]?.values.map { $0 }
        == [CumulativeHistogram(bounds: [0.5, 1, .infinity], counts: [1, 2, 3])])
  }
}

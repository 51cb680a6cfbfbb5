import Testing

@testable import Metrics

@Suite struct ExpositionTests {
  @Test func `each family of metrics is listed once, escaped`() {
    var requests = MetricFamily("requests_total", .counter, help: "All \"of\" them\\\nby code.")
    requests.add(3, ["code": "200", "path": "a\"b\\c\nd"])
    var up = MetricFamily("up", .gauge, help: "Up.")
    up.add(1)
    var more = MetricFamily("requests_total", .counter, help: "Other words.")
    more.add(4, ["code": "500"])
    #expect(
      String(decoding: Exposition.prometheus.text([requests, up, more]), as: UTF8.self) == #"""
        # HELP requests_total All "of" them\\\nby code.
        # TYPE requests_total counter
        requests_total{code="200",path="a\"b\\c\nd"} 3
        requests_total{code="500"} 4
        # HELP up Up.
        # TYPE up gauge
        up 1

        """#)
  }

  @Test func `a histogram counts each number in every bucket that it fits into`() {
    var (histogram, other) = (Histogram(bounds: [0.000_1, 0.5]), Histogram(bounds: [0.000_1, 0.5]))
    for number in [0, 0.25, 0.5] { histogram.add(number) }
    other.add(2)
    histogram.add(other)
    var family = MetricFamily("wait_seconds", .histogram, help: "Waits.")
    family.add(histogram)
    #expect(
      String(decoding: Exposition.prometheus.text([family]), as: UTF8.self) == #"""
        # HELP wait_seconds Waits.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{le="0.0001"} 1
        wait_seconds_bucket{le="0.5"} 3
        wait_seconds_bucket{le="+Inf"} 4
        wait_seconds_sum 2.75
        wait_seconds_count 4

        """#)
  }

  @Test func `OpenMetrics names counters without their suffix, escapes quotes in help, and ends`() {
    var requests = MetricFamily("requests_total", .counter, help: "All \"of\" them.")
    requests.add(3, ["code": "200"])
    var waits = MetricFamily("wait_seconds", .histogram, help: "Waits.")
    waits.add(Histogram(bounds: [0.000_01, 1], counts: [1, 2, 3], sum: 9.5), ["route": "/"])
    #expect(
      String(decoding: Exposition.openMetrics.text([requests, waits]), as: UTF8.self) == #"""
        # HELP requests All \"of\" them.
        # TYPE requests counter
        requests_total{code="200"} 3
        # HELP wait_seconds Waits.
        # TYPE wait_seconds histogram
        wait_seconds_bucket{route="/",le="1e-05"} 1
        wait_seconds_bucket{route="/",le="1.0"} 3
        wait_seconds_bucket{route="/",le="+Inf"} 6
        wait_seconds_sum{route="/"} 9.5
        wait_seconds_count{route="/"} 6
        # EOF

        """#)
  }

  @Test func `a histogram counts the latencies of all threads`() async {
    let histogram = LatencyHistogram()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { for took in [1_000, 10_000, 10_001, 3_000_000_000] { histogram.add(took) } }
      }
    }
    let counted = histogram.histogram
    #expect(counted.counts == [8, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4] && counted.bounds.count == 14)
    #expect(abs(counted.sum - 12.000_084_004) < 1e-9)
    let start = LatencyHistogram.now
    histogram.add(since: start)
    #expect(histogram.histogram.counts.reduce(0, +) == 17)
  }

  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (1, "1"), (1_732_290_000_123_456, "1732290000123456"), (1e18, "1000000000000000000"),
    (0.25, "0.25"), (-3, "-3"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"),
  ])
  func `a whole number is written exactly`(value: Double, text: String) {
    #expect(Exposition.number(value) == text)
  }
}

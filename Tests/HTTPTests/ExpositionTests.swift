import Testing

@testable import HTTP

@Suite struct ExpositionTests {
  @Test func `families are told once each, escaped`() {
    var requests = MetricFamily("requests_total", .counter, help: "All \"of\" them\\\nby code.")
    requests.add(3, ["code": "200", "path": "a\"b\\c\nd"])
    var up = MetricFamily("up", .gauge, help: "Up.")
    up.add(1)
    var more = MetricFamily("requests_total", .counter, help: "Other words.")
    more.add(4, ["code": "500"])
    #expect(
      String(decoding: Exposition.text([requests, up, more]), as: UTF8.self) == #"""
        # HELP requests_total All "of" them\\\nby code.
        # TYPE requests_total counter
        requests_total{code="200",path="a\"b\\c\nd"} 3
        requests_total{code="500"} 4
        # HELP up Up.
        # TYPE up gauge
        up 1

        """#)
  }

  @Test(arguments: [
    (0, "0"), (-0.0, "0"), (1, "1"), (1_732_290_000_123_456, "1732290000123456"), (1e18, "1000000000000000000"),
    (0.25, "0.25"), (-3, "-3"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"),
  ])
  func `numbers are exact where they are whole`(value: Double, text: String) {
    #expect(Exposition.number(value) == text)
  }
}

import Catalog
import Testing

@testable import Scrape

/// Quantiles of what was observed in the last 30 to 60 seconds.
struct WindowTests {
  /// Observations of at most 1 s, of at most 2 s, and of more.
  private func body(_ short: Int, _ middle: Int, _ long: Int, bounds: [String] = ["1", "2"]) -> String {
    """
    ttft_bucket{le="\(bounds[0])"} \(short)
    ttft_bucket{le="\(bounds[1])"} \(short + middle)
    ttft_bucket{le="+Inf"} \(short + middle + long)
    """
  }

  private func median(_ measured: Measured) -> Double? {
    measured.load.readings?.ttftP50
  }

  @Test func `the first scrape has no quantile, nor has a time without observations`() {
    var meter = Meter()
    #expect(median(meter.read(body(5, 0, 0), at: 0)) == nil)
    #expect(median(meter.read(body(5, 0, 0), at: 5)) == nil)
    #expect(median(meter.read(body(5, 4, 0), at: 10)) == 1.5)
  }

  @Test(arguments: [1.0, 5, 7, 29, 30, 31, 45, 60, 300])
  func `an observation counts at once, for at least 30 s, and for at most 60 s and one interval`(
    _ interval: Double
  ) {
    // Whatever the time since the first scrape is.
    for phase in 0..<Int(90 / interval) + 3 {
      var meter = Meter()
      for turn in 0...phase { _ = meter.read(body(0, 0, 0), at: Double(turn) * interval) }
      for turn in 1...Int(200 / interval) + 2 {
        let age = Double(turn - 1) * interval
        let isSeen = median(meter.read(body(0, 8, 0), at: Double(phase + turn) * interval)) == 1.5
        if age < 30 - interval || turn == 1 { #expect(isSeen, "after \(age) s of \(interval)") }
        if age >= 60 { #expect(!isSeen, "after \(age) s of \(interval)") }
      }
    }
  }

  @Test func `a restart within the window adds to the observations before it`() {
    var meter = Meter()
    _ = meter.read(body(0, 0, 0), at: 0)
    #expect(median(meter.read(body(10, 0, 0), at: 5)) == 0.5)
    // Then 30 of one to two seconds since the restart: 10 of 40 within the first bucket.
    #expect(median(meter.read(body(0, 30, 0), at: 10)) == 1 + 10.0 / 30)
  }

  @Test func `a histogram with other bounds begins anew`() {
    var meter = Meter()
    _ = meter.read(body(0, 0, 0), at: 0)
    #expect(median(meter.read(body(10, 0, 0), at: 5)) == 0.5)
    #expect(median(meter.read(body(10, 0, 0, bounds: ["3", "4"]), at: 10)) == nil)
    #expect(median(meter.read(body(10, 6, 0, bounds: ["3", "4"]), at: 15)) == 3.5)
  }

  @Test func `histograms of several series add up`() {
    var meter = Meter()
    let engine = { (name: String, short: Int, all: Int) in
      "ttft_bucket{e=\"\(name)\",le=\"1\"} \(short)\nttft_bucket{e=\"\(name)\",le=\"+Inf\"} \(all)\n"
    }
    _ = meter.read(engine("0", 0, 0) + engine("1", 100, 100), at: 0)
    #expect(median(meter.read(engine("0", 6, 6) + engine("1", 102, 102), at: 5)) == 0.5)
    // One is gone, and one has come that counted long before: neither was observed now.
    #expect(median(meter.read(engine("0", 6, 8) + engine("2", 900, 900), at: 10)) == 5.0 / 8)
  }
}

import Catalog
import Testing

@testable import Scrape

/// Shares on the scale that an engine has, which its names do not tell.
struct ShareTests {
  private func usage(_ meter: inout Meter, _ body: String, at seconds: Double) -> Double? {
    meter.read(body, at: seconds).load.readings?.kvCacheUsage
  }

  @Test(arguments: [
    ("0", 0), ("0.31", 0.31), ("1", 1), ("56", 0.56), ("94.0", 0.94), ("100", 1), ("1.5", 0.015), ("100.5", nil),
    ("2000", nil), ("-0.5", nil), ("NaN", nil), ("+Inf", nil), ("1.05", nil),
  ])
  func `a first value is a ratio, a percentage or unknown`(_ value: String, _ ratio: Double?) {
    var meter = Meter()
    #expect(usage(&meter, "kv \(value)\nrunning 1", at: 0) == ratio)
  }

  @Test func `an engine that told a percentage tells percentages from then on`() {
    var meter = Meter()
    #expect(usage(&meter, "kv 56", at: 0) == 0.56)
    #expect(usage(&meter, "kv 0.9", at: 5) == 0.9 / 100)
    #expect(usage(&meter, "kv 1", at: 10) == 0.01)
    #expect(usage(&meter, "kv 1.05", at: 15) == 1.05 / 100)
    #expect(usage(&meter, "", at: 20) == nil)
    #expect(usage(&meter, "kv 120", at: 25) == nil)
    #expect(usage(&meter, "kv 0", at: 30) == 0)
    #expect(usage(&meter, "kv 0.5", at: 35) == 0.5 / 100)
  }

  @Test func `a cache that is a little overfull does not make a ratio a percentage`() {
    var meter = Meter()
    #expect(usage(&meter, "kv 0.99", at: 0) == 0.99)
    #expect(usage(&meter, "kv 1.004", at: 5) == nil)
    #expect(usage(&meter, "kv 0.97", at: 10) == 0.97)
  }

  @Test func `the shares of one scrape are on one scale, those of models too`() throws {
    let table = MetricTable([.gauge(.kvCacheUsage, "kv", perModel: "model")])
    var meter = Meter()
    let body = "kv{model=\"a\"} 0.9\nkv{model=\"b\"} 56"
    let load = meter.read(Scrape(body, table), at: .noon, up: .seconds(0)).load
    #expect(load.readings?.kvCacheUsage == 0.56)
    #expect(load.models["a"]?.readings?.kvCacheUsage == 0.9 / 100)
    #expect(load.models["b"]?.readings?.kvCacheUsage == 0.56)
  }

  @Test func `a new process may have another scale`() {
    var meter = Meter()
    #expect(usage(&meter, "start 1000\nkv 56", at: 0) == 0.56)
    #expect(usage(&meter, "start 1100\nkv 0.5", at: 5) == 0.5)
    #expect(usage(&meter, "start 1200\nkv 50", at: 10) == 0.5)
  }
}

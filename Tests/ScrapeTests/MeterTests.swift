import Catalog
import Testing

@testable import Scrape

struct MeterTests {
  private func rate(_ measured: Measured) -> Double? {
    measured.load.readings?.generationTokensPerSecond
  }

  @Test func `a rate is between the last two scrapes, and the first scrape has none`() {
    var meter = Meter()
    #expect(rate(meter.read("tokens_total 100", at: 5)) == nil)
    #expect(rate(meter.read("tokens_total 150", at: 10)) == 10)
    #expect(rate(meter.read("tokens_total 150", at: 15)) == 0)
    #expect(rate(meter.read("tokens_total 151", at: 15.5)) == 2)
    #expect(rate(meter.read("", at: 20)) == nil)
    #expect(rate(meter.read("tokens_total 999", at: 25)) == nil)
  }

  @Test func `a counter that falls counts from zero, and shows a restart`() {
    var meter = Meter()
    _ = meter.read("tokens_total 100", at: 0)
    let restarted = meter.read("tokens_total 30", at: 10)
    #expect(rate(restarted) == 3 && restarted.isRestarted && restarted.hasProgressed)
    let next = meter.read("tokens_total 30", at: 20)
    #expect(rate(next) == 0 && !next.isRestarted && !next.hasProgressed)
  }

  @Test func `a new process counts from zero even when its counter is higher than before`() {
    var meter = Meter()
    _ = meter.read("start 1000\ntokens_total 100", at: 0)
    let restarted = meter.read("start 1010\ntokens_total 130", at: 10)
    #expect(rate(restarted) == 13 && restarted.isRestarted)
    #expect(!meter.read("start 1010\ntokens_total 130", at: 20).isRestarted)
  }

  @Test func `a start time that wanders by a part of a second is no restart`() {
    var meter = Meter()
    _ = meter.read("start 1000.1\ntokens_total 100", at: 0)
    for turn in 1..<9 {
      let measured = meter.read("start 1000.\(turn * 7 % 10)\ntokens_total \(100 + turn * 10)", at: Double(turn))
      #expect(!measured.isRestarted && rate(measured) == 10)
    }
  }

  @Test func `workers behind one port that report their start times by turns do not restart all the time`() {
    var meter = Meter()
    _ = meter.read("start 1000\ntokens_total 100", at: 0)
    #expect(meter.read("start 1005\ntokens_total 200", at: 10).isRestarted)
    for turn in 2..<6 {
      let measured = meter.read("start \(1000 + turn % 2 * 5)\ntokens_total \(100 + turn * 100)", at: Double(turn) * 10)
      #expect(!measured.isRestarted && rate(measured) == 10)
    }
  }

  @Test func `a series that comes or goes is neither growth nor a fall`() {
    var meter = Meter()
    _ = meter.read(#"tokens_total{e="0"} 100"#, at: 0)
    let more = meter.read("tokens_total{e=\"0\"} 110\ntokens_total{e=\"1\"} 5000", at: 10)
    #expect(rate(more) == 1)
    let less = meter.read(#"tokens_total{e="1"} 5020"#, at: 20)
    #expect(rate(less) == 2 && !less.isRestarted)
  }

  @Test func `series are the same with their labels in another order`() {
    var meter = Meter()
    _ = meter.read(#"tokens_total{a="1",b="2"} 100"#, at: 0)
    #expect(rate(meter.read(#"tokens_total{b="2",a="1"} 120"#, at: 10)) == 2)
    #expect(rate(meter.read(#"tokens_total{b="1",a="2"} 140"#, at: 20)) == nil)
  }

  @Test(arguments: [10.0, 9.9, -5]) func `a time that stands still or goes back gives no rate`(_ seconds: Double) {
    var meter = Meter()
    _ = meter.read("tokens_total 100\nrunning 1", at: 10)
    let measured = meter.read("tokens_total 200\nrunning 1", at: seconds)
    #expect(rate(measured) == nil && measured.load.readings?.runningRequests == 1)
    #expect(rate(meter.read("tokens_total 260\nrunning 1", at: seconds + 2)) == 30)
  }

  @Test func `a rate too large for a number is unknown`() {
    var meter = Meter()
    _ = meter.read("tokens_total 0", at: 0)
    #expect(rate(meter.read("tokens_total 1e308", at: 1e-9)) == nil)
  }

  @Test func `progress is growth of tokens or finished requests, and of nothing else`() {
    var meter = Meter()
    #expect(!meter.read("tokens_total 1\ncpu_total 1\nrunning 1", at: 0).hasProgressed)
    #expect(!meter.read("tokens_total 1\ncpu_total 9\nrunning 2", at: 5).hasProgressed)
    #expect(meter.read("tokens_total 2\ncpu_total 9\nrunning 2", at: 10).hasProgressed)
  }

  @Test func `a growth per second is a resource, from the second scrape on`() {
    var meter = Meter()
    #expect(meter.read("cpu_total 10\nfiles 3", at: 0).load.resources == ["files": 3])
    #expect(meter.read("cpu_total 15\nfiles 4", at: 2).load.resources == ["files": 4, "cores": 2.5])
  }

  @Test func `an engine that reports nothing has no readings, and an engine with resources alone has those`() {
    var meter = Meter()
    #expect(meter.read("other 1", at: 0) == Measured(load: EngineLoad()))
    #expect(meter.read("files 1", at: 1).load == EngineLoad(resources: ["files": 1]))
  }

  @Test(arguments: [
    ("awake{state=\"awake\"} 0", true), ("awake{state=\"awake\"} 1", false), ("awake{state=\"x\"} 0", nil),
  ])
  func `sleep is reported when the engine reports it`(_ body: String, _ isAsleep: Bool?) {
    var meter = Meter()
    #expect(meter.read(body, at: 0).isAsleep == isAsleep)
  }

  @Test func `models have rates and quantiles of their own, and models that are gone are forgotten`() {
    var meter = Meter()
    _ = meter.read("tokens_total{model=\"a\"} 1\ntokens_total{model=\"b\"} 1", at: 0)
    let both = meter.read("tokens_total{model=\"a\"} 11\ntokens_total{model=\"b\"} 31", at: 10)
    #expect(both.load.models["a"]?.readings?.generationTokensPerSecond == 1)
    #expect(both.load.models["b"]?.readings?.generationTokensPerSecond == 3)
    #expect(rate(both) == 4)
    #expect(meter.read("tokens_total{model=\"a\"} 11", at: 20).load.models.keys.sorted() == ["a"])
    let back = meter.read("tokens_total{model=\"b\"} 91", at: 30)
    #expect(back.load.models == ["b": ModelLoad()])
  }
}

import Catalog
import TestKit
import Testing

@testable import Scrape

/// Bodies of engines that are broken or mean harm: no crash, no wrong number, and memory and time within bounds.
struct HostileTests {
  @Test(arguments: 0..<8) func `any bytes give amounts or nothing, and crash nothing`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let recorded = RecordedTests.body(PackageResources.vllm_metrics_2_busy_http).suffix(6_000)
    let dirt = Array("\n\r\t \"\\{}=,#+-.eEnNiI_:09\0\u{7f}é".utf8)
    var meter = Meter()
    for round in 0..<40 {
      var body = Array(recorded)
      for _ in 0..<Int.random(in: 1...60, using: &random) {
        let place = Int.random(in: 0..<body.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: body[place] = dirt.randomElement(using: &random) ?? 0
        case 1: body[place] = UInt8.random(in: 0...255, using: &random)
        case 2: body.remove(at: place)
        default:
          let end = min(place + Int.random(in: 0...80, using: &random), body.count)
          body.insert(contentsOf: body[place..<end], at: Int.random(in: 0...body.count, using: &random))
        }
      }
      let scrape = Scrape(body, vllm)
      let told = Array(scrape.gauges.values) + Array(scrape.counters.values) + Array(scrape.resources.values)
      #expect(told.allSatisfy { $0.isFinite && $0 >= 0 })
      let load = meter.read(scrape, at: .noon, up: .seconds(round)).load
      let derived = [
        load.readings?.ttftP50, load.readings?.ttftP99, load.readings?.generationTokensPerSecond,
        load.readings?.promptTokensPerSecond, load.resources["cpu_cores"],
      ]
      #expect(derived.allSatisfy { $0.map { $0.isFinite && $0 >= 0 } ?? true })
    }
  }

  /// What is written is known, so what is read can be told from it.
  @Test(arguments: 0..<30) func `samples in random form are all read`(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var sums: [String: Double] = [:]
    var body = ""
    for number in 0..<Int.random(in: 1...60, using: &random) {
      let name = ["running", "files", "runnin", "running_", "file", "filess"].randomElement(using: &random) ?? ""
      let value = Double(Int.random(in: 0...1_000_000, using: &random)) / 64
      let blank = ["", " ", "\t", "  "]
      func space() -> String { blank.randomElement(using: &random) ?? "" }
      var labels = ["a=\"x\"", "b=\"\\\"}\\\\\"", "model=\"\"", "c = \"#\"", "d=\"é\""].shuffled(using: &random)
      labels.removeLast(Int.random(in: 0...5, using: &random))
      // Every sample is a series of its own.
      labels.insert("n=\"\(number)\"", at: Int.random(in: 0...labels.count, using: &random))
      let amount =
        ["\(value)", "+\(value)", "\(value)e0", "\(Int(value * 64) * 15625)e-6"].randomElement(using: &random) ?? ""
      let tail = ["", " 1700000000", " 17.5 # {x=\"y\"} 3", " # {} 1 2", "\r"].randomElement(using: &random) ?? ""
      body +=
        "\(space())\(name)\(space()){\(space())\(labels.joined(separator: "," + space()))} \(space())\(amount)\(tail)\n"
      body += ["", "\n", "# running 7\n", "running_7 7\n"].randomElement(using: &random) ?? ""
      sums[name, default: 0] += value
    }
    let scrape = Scrape(body)
    #expect(scrape.gauges[.runningRequests] == sums["running"])
    #expect(scrape.resources["files"] == sums["files"])
  }

  @Test func `a million lines of one series are one sample, and take no more memory than one`() {
    let ranks = #"running{tp_rank="0"} 1"# + "\n" + #"running{tp_rank="1"} 1"# + "\n"
    #expect(Scrape(String(repeating: "files 1\n", count: 1_000_000)).resources == ["files": 1])
    #expect(Scrape(String(repeating: ranks, count: 100_000)).gauges == [.runningRequests: 1])
  }

  @Test func `a metric with too many series has no sum, and other metrics do not suffer`() {
    let series = (0..<40_000).map { "tokens_total{a=\"\($0)\"} 1\n" }.joined()
    let scrape = Scrape("running 3\n" + series + "files 5\n")
    #expect(scrape.counters.isEmpty)
    #expect(scrape.gauges == [.runningRequests: 3] && scrape.resources == ["files": 5])
    let kept = (0..<30_000).map { "tokens_total{a=\"\($0)\"} 1\n" }.joined()
    #expect(Scrape(kept).counters == [.generatedTokens: 30_000])
    let ranks = (0..<40_000).map { "running{tp_rank=\"\($0)\"} 1\n" }.joined()
    #expect(Scrape(ranks + "files 5\n").gauges.isEmpty && Scrape(ranks + "files 5\n").resources == ["files": 5])
  }

  @Test func `the first models are kept when there are too many, and all count for the engine`() {
    let scrape = Scrape((0..<5_000).map { "running{model=\"m\($0)\"} 1\n" }.joined())
    #expect(scrape.models.count == 4_096 && scrape.models["m4095"] != nil)
    #expect(scrape.gauges == [.runningRequests: 5_000])
  }

  @Test func `a model id of more than 1,024 bytes is ignored`() {
    let scrape = Scrape("running{model=\"\(String(repeating: "m", count: 1_025))\"} 1")
    #expect(scrape.models.isEmpty && scrape.gauges == [.runningRequests: 1])
  }

  @Test func `a histogram with too many buckets is ignored`() {
    let buckets = (0..<40_000).map { "ttft_bucket{le=\"\($0)\"} 1\n" }.joined()
    #expect(Scrape(buckets + "ttft_bucket{le=\"+Inf\"} 1\n").engine.histograms.isEmpty)
  }

  @Test func `lines and lists of labels may be huge`() {
    let long = String(repeating: "x", count: 1_000_000)
    #expect(Scrape("\(long)\nrunning{a=\"\(long)\"} 3\n#\(long)").gauges == [.runningRequests: 3])
    let labels = (0..<50_000).map { "a\($0)=\"b\"" }.joined(separator: ",")
    #expect(Scrape("running{\(labels)} 3\nfiles 1").gauges.isEmpty)
    #expect(Scrape("running" + String(repeating: "{", count: 100_000)).gauges.isEmpty)
    #expect(Scrape("running{a=\"" + String(repeating: "\\", count: 100_001)).gauges.isEmpty)
    #expect(Scrape(String(repeating: " ", count: 1_000_000) + "running 3").gauges == [.runningRequests: 3])
  }

  @Test func `a sum beyond the range of a number is unknown`() {
    #expect(Scrape("running{a=\"1\"} 1e308\nrunning{a=\"2\"} 1e308").gauges.isEmpty)
    #expect(Scrape("tokens_total{a=\"1\"} 1e308\ntokens_total{a=\"2\"} 1e308").counters.isEmpty)
  }
}

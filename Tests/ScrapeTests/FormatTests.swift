import Catalog
import Testing

@testable import Scrape

/// The text format, as Prometheus' exposition formats and OpenMetrics 1.0 (4.1, 5.1) have it.
struct FormatTests {
  @Test(arguments: [
    ("running 7", 7), ("running 7\n", 7), ("running 7\r\n", 7), ("\n\n  \t running \t 7  \n", 7), ("running\t7", 7),
    ("# HELP running 3\n# TYPE running gauge\nrunning 7", 7), ("#running 3\nrunning 7\n# EOF\n", 7),
    ("running 7 1395066363000", 7), ("running 7 1395066363.5", 7), ("running 7 -1", 7),
    ("\u{feff}running 7", 7), ("\u{feff}# HELP running 3\nrunning 7\n", 7), ("\u{feff}\r\nrunning 7\r\n# EOF\r\n", 7),
    ("# UNIT running requests\nrunning 7\nrunning_created 1.7e9\n# EOF", 7),
    (##"running{a="b"} 7 # {trace_id="x # y"} 0.67 1.5"##, 7), ("running 7 # {} 1", 7),
    (#"running{} 7"#, 7), (#"running{a="b",} 7"#, 7), (#"running { a = "b" , c="d" } 7"#, 7), (#"running{a="b"}7"#, 7),
    (#"running{a="} 3",b="\"{,",c="\\"} 7"#, 7), (#"running{a="\n é 🦙"} 7"#, 7), (#"running{"a.b"="c"} 7"#, 7),
    ("running +7", 7), ("running 7.", 7), ("running .5", 0.5), ("running 7e0", 7), ("running 70E-1", 7),
    ("running 0.7e+01", 7), ("running 0", 0), ("running -0", 0), ("running 1e3", 1000),
    ("running 0.002441704309608106", 0.002441704309608106), ("running 1.7953544129946954e+09", 1.7953544129946954e+09),
    ("running 9007199254740993", 9007199254740992), ("running 1e-400", 0), ("running 00000000000000000000007", 7),
  ])
  func `a sample is read in any form of the format`(_ body: String, _ value: Double) {
    #expect(Scrape(body).gauges == [.runningRequests: value])
  }

  @Test(arguments: [
    "", "\n", "running", "running\n7", "running{", "running{a", "running{a=", #"running{a=""#, #"running{a="b"#,
    #"running{a="b""#, #"running{a="b"}"#, #"running{a="b" c="d"} 7"#, #"running{a} 7"#, #"running{="b"} 7"#,
    #"running{a="b\"} 7"#, #"running{,} 7"#, "running{a=b} 7", "running }7", "running:more 7", "running_more 7",
    "running7", "more_running 7", "running seven", "running 7x", "running 7 x", "running 7 1 2", "running 1 e3",
    "running 1e", "running 1e+", "running --7", "running 0x10", "running 1_000", "running 7,5", "running .",
    "running e5", "running +", "running -7", "running NaN", "running nan", "running +Inf", "running -inf",
    "running Infinity", "running 1e400", "running\u{0}7", "running\r7", "run\nning 7", "# running 7",
    "\n\u{feff}running 7", "\u{feff}\u{feff}running 7", "running_created 7", "running_total 7", "running_info 7",
    #"{"running"} 7"#,
  ])
  func `a line that is no sample or no amount is ignored`(_ body: String) {
    #expect(Scrape(body).gauges.isEmpty)
  }

  @Test(arguments: [400, 1_000])
  func `a number may have hundreds of digits`(_ digits: Int) {
    let nines = String(repeating: "9", count: digits)
    #expect(Scrape("running 0.\(nines)").gauges == [.runningRequests: 1])
    #expect(Scrape("running \(nines)").gauges.isEmpty)
    #expect(Scrape("running \(nines)e-\(digits)").gauges == [.runningRequests: 1])
    #expect(Scrape("running 0.\(String(repeating: "0", count: digits - 2))1").gauges[.runningRequests] != nil)
    #expect(Scrape("running \(String(repeating: "9", count: 2_000))").gauges.isEmpty)
  }

  @Test func `series add up, the largest share counts, and an engine is awake only as a whole`() {
    let scrape = Scrape(
      """
      running{e="0"} 1
      kv{e="0"} 0.5
      awake{state="awake",e="0"} 1
      awake{state="awake",e="1"} 0
      awake{state="other"} 0
      running{e="1"} 2
      kv{e="1"} 0.75
      kv{e="2"} 0.25
      files{pid="1"} 3
      files{pid="2"} 4
      """)
    #expect(scrape.gauges == [.runningRequests: 3, .kvCacheUsage: 0.75, .awake: 0])
    #expect(scrape.resources == ["files": 7])
  }

  @Test(arguments: ["running NaN", "running -1", "running +Inf", "running x", #"running{e="0" 3"#])
  func `a sum with an unknown part is unknown`(_ part: String) {
    let others = (#"running{e="1"} 1"#, #"running{e="2"} 2"#)
    #expect(Scrape("\(others.0)\n\(part)\n\(others.1)\nfiles 1").gauges.isEmpty)
    #expect(Scrape("\(part)\n\(others.0)").gauges.isEmpty)
  }

  @Test(arguments: [
    "old_running 9\nrunning 1\nrunning{e=\"1\"} 2\nold_running 9", "running 1\nold_running 9\nrunning{e=\"1\"} 2",
  ])
  func `the first of several names counts, wherever it is`(_ body: String) {
    #expect(Scrape(body).gauges == [.runningRequests: 3])
    #expect(Scrape("old_running 9").gauges == [.runningRequests: 9])
  }

  @Test func `the series of a model count for the model and for the engine`() {
    let scrape = Scrape(
      #"""
      running{model="a/b",x="1"} 1
      running{x="2",model="a/b"} 2
      running{model="say \"hi\"\\\n"} 4
      running{model=""} 8
      tokens_total{model="a/b"} 5
      """#)
    #expect(scrape.gauges == [.runningRequests: 15])
    #expect(
      scrape.models.mapValues(\.gauges) == ["a/b": [.runningRequests: 3], "say \"hi\"\\\n": [.runningRequests: 4]])
    #expect(scrape.models["a/b"]?.counters == [.generatedTokens: 5])
  }

  @Test(arguments: [
    (#"lora{max_lora="4",running="",running_lora_adapters="a, b,a"} 5"#, 2, 4),
    (#"lora{max_lora="4",running_lora_adapters=""} 5"#, 0, 4),
    ("lora{max_lora=\"4\",running_lora_adapters=\"a\"} 6\nlora{max_lora=\"2\",running_lora_adapters=\"b,c\"} 5", 1, 4),
    (
      "lora{max_lora=\"4\",running_lora_adapters=\"a\"} NaN\nlora{max_lora=\"2\",running_lora_adapters=\"b,c\"} 5", 2, 2
    ),
  ])
  func `the newest series of adapters counts`(_ body: String, _ used: Double, _ total: Double) {
    #expect(Scrape(body).gauges == [.loraSlotsUsed: used, .loraSlotsTotal: total])
  }

  @Test(arguments: [
    (#"cache{block_size="16",num_gpu_blocks="100"} 1"#, 1600),
    // A model with caches of two kinds: vLLM's own figure is right, and the product is not.
    (#"cache{block_size="16",num_gpu_blocks="100",kv_cache_size_tokens="800"} 1"#, 800),
    (#"cache{block_size="16",num_gpu_blocks="100",kv_cache_size_tokens="None"} 1"#, 1600),
    ("cache{block_size=\"16\",num_gpu_blocks=\"100\"} 1\ncache{num_gpu_blocks=\"10\",block_size=\"16\"} 1", 1760),
    (#"cache{block_size="16",num_gpu_blocks="None"} 1"#, nil), (#"cache{block_size="16"} 1"#, nil),
    (#"cache{block_size="-16",num_gpu_blocks="-100"} 1"#, nil),
    (#"cache{block_size="1e300",num_gpu_blocks="1e300"} 1"#, nil),
  ])
  func `the cache holds its blocks times their size`(_ body: String, _ tokens: Double?) {
    #expect(Scrape(body).resources["kv_cache_tokens"] == tokens)
  }

  /// Prometheus takes the first sample of a series, and an engine that writes a series twice has counted once.
  @Test(arguments: [
    "running 7\nrunning 7", "running 7\nrunning 8", "running 7\nrunning NaN",
    "running{a=\"1\",b=\"2\"} 3\nrunning 4\nrunning{b=\"2\",a=\"1\"} 5\nrunning 6",
  ])
  func `a series counts once`(_ body: String) {
    #expect(Scrape(body).gauges == [.runningRequests: 7])
    let counters = body.replacing("running", with: "tokens_total")
    #expect(Scrape(counters).counters == [.generatedTokens: 7])
  }

  @Test(arguments: [
    ("tokens_total 7\ntokens_created 1.7e9", 7), ("tokens 7", 7), ("tokens 9\ntokens_total 7", 7),
    ("tokens_total 7\ntokens 9", 7), ("tokens_total 7 # {trace_id=\"x\"} 1 1.7e9\n# EOF", 7),
    ("tokens_created 1.7e9", nil), ("tokens_bucket{le=\"+Inf\"} 7", nil), ("tokens_total NaN", nil),
  ])
  func `a counter has the suffix of OpenMetrics or not`(_ body: String, _ value: Double?) {
    #expect(Scrape(body).counters[.generatedTokens] == value)
  }

  @Test func `a counter that is named without the suffix is found with it`() {
    let table = MetricTable([
      .counter(.finishedRequests, "requests"), .counter(.promptTokens, "prompt_sum"), .counter(.steps, "steps_count"),
    ])
    #expect(Scrape("requests_total 7\nprompt_sum_total 1\nsteps 1", table).counters == [.finishedRequests: 7])
  }
}

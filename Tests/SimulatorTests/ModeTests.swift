import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import Simulator

@Suite("Switches of a simulated fleet")
struct ModeTests {
  /// Runs `body` with three engines that end with it.
  func withFleet(_ body: (SimulatedFleet) async throws -> Void) async throws {
    let fleet = try await SimulatedFleet.start(FleetShape(engines: 3, replicas: 1))
    do {
      try await body(fleet)
    } catch {
      await fleet.shutdown()
      throw error
    }
    await fleet.shutdown()
  }

  @Test(arguments: [
    ("ok", 200, 200), ("failing", 500, 500), ("unhealthy", 503, 200), ("garbage", 200, 200), ("asleep", 200, 200),
    ("slow", 200, 200), ("loading", 503, 200), ("frozen", 200, 200), ("stuck", 200, 200),
  ])
  func `a mode shows in the engine's health and models`(mode: String, health: Int, models: Int) async throws {
    try await withFleet { fleet in
      let switched = try await ask(fleet.url, "POST", "/_simulate/engines/1?mode=\(mode)&delay_ms=1")
      #expect(switched.status == 200)
      #expect(switched.body.contains(#""mode":"\#(mode)""#))
      #expect(try await ask(fleet.engines[1].url, "GET", "/health").status == health)
      #expect(try await ask(fleet.engines[1].url, "GET", "/v1/models").status == models)
      #expect(try await ask(fleet.engines[0].url, "GET", "/health").status == 200)
    }
  }

  @Test func `the port of an engine that is gone goes to nobody else`() async throws {
    try await withFleet { fleet in
      let engine = fleet.engines[0]
      let port = try #require(engine.url.split(separator: ":").last.flatMap { Int($0) })
      try await engine.set(.gone)
      await #expect(throws: (any Error).self) { try await ask(engine.url, "GET", "/health") }
      await #expect(throws: (any Error).self) {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
          .serverChannelOption(.socketOption(.so_reuseaddr), value: 0).bind(host: "127.0.0.1", port: port).get()
      }
      try await engine.set(.ok)
      #expect(try await ask(engine.url, "GET", "/health").status == 200)
    }
  }

  @Test func `each bad body is bad in its own way`() async throws {
    try await withFleet { fleet in
      let engine = fleet.engines[0]
      try await engine.set(.garbage)
      #expect(try await ask(engine.url, "GET", "/v1/models").body.hasPrefix("<html>"))
      try await engine.set(.truncated)
      let cut = try await ask(engine.url, "GET", "/v1/models")
      #expect(cut.status == 200 && !cut.isWhole)
      try await engine.set(.huge)
      let huge = try await ask(engine.url, "GET", "/v1/models")
      #expect(huge.isWhole && huge.body.utf8.count > 8 << 20)
      try await engine.set(.ok)
      let whole = try await ask(engine.url, "GET", "/v1/models")
      #expect(whole.isWhole && whole.body.hasSuffix("]}]}"))
    }
  }

  @Test func `the engine delays or withholds its answers as its mode says`() throws {
    let request = SimulatedRequest(
      head: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/health?x=1"), body: [])
    var state = EngineState(index: 0, shape: FleetShape(engines: 1), now: 0)
    state.turn(to: .slow(.milliseconds(250)), now: 0)
    guard case .delayed(let answer, let delay) = state.delivery(for: request, now: 1) else {
      Issue.record("slow does not delay")
      return
    }
    #expect(answer.status == .ok && delay == .milliseconds(250))
    state.turn(to: .hang, now: 0)
    guard case .never = state.delivery(for: request, now: 1) else {
      Issue.record("a black hole answers")
      return
    }
  }

  @Test func `a black hole answers nothing until the mode ends`() async throws {
    try await withFleet { fleet in
      let engine = fleet.engines[0]
      try await engine.set(.hang)
      async let answer = ask(engine.url, "GET", "/health")
      try await engine.set(.ok)
      // Sent before the end or after it: no answer, or a good one.
      let status = try await answer.status
      #expect(status == 0 || status == 200)
      #expect(try await ask(engine.url, "GET", "/health").status == 200)
    }
  }

  @Test func `a gone engine refuses connections and comes back on its port`() async throws {
    try await withFleet { fleet in
      let engine = fleet.engines[2]
      let url = engine.url
      try await engine.set(.gone)
      await #expect(throws: (any Error).self) { try await ask(url, "GET", "/health") }
      #expect(try await ask(fleet.engines[0].url, "GET", "/health").status == 200)
      try await engine.set(.ok)
      #expect(try await ask(url, "GET", "/health").status == 200)
    }
  }

  @Test func `a restart forgets the adapters that were loaded`() async throws {
    try await withFleet { fleet in
      try fleet.loadAdapter("support", on: 0)
      #expect(throws: SimulatorError.self) { try fleet.loadAdapter("support", on: 0) }
      #expect(fleet.engines[0].models.map(\.id) == ["sim-org/model-000", "support"])
      let answer = try await ask(fleet.url, "POST", "/_simulate/engines/all", #"{"mode":"restart"}"#)
      #expect(answer.status == 200)
      #expect(fleet.engines[0].models.map(\.id) == ["sim-org/model-000"])
      #expect(try await ask(fleet.engines[0].url, "GET", "/health").status == 200)
    }
  }

  @Test func `the control server lists the engines`() async throws {
    try await withFleet { fleet in
      let list = try await ask(fleet.url, "GET", "/_simulate/engines")
      #expect(list.body.hasPrefix(#"{"engines":[{"index":0,"url":"\#(fleet.engines[0].url)","mode":"ok","models":["#))
      let one = try await ask(fleet.url, "GET", "/_simulate/engines/2")
      #expect(
        one.body == """
          {"engines":[{"index":2,"url":"\(fleet.engines[2].url)","mode":"ok","models":["sim-org/model-002"],\
          "adapters":[]}]}\n
          """)
      let config = try await ask(fleet.url, "GET", "/_simulate/config")
      #expect(config.body == "engines:\n" + fleet.engines.map { "  - url: \($0.url)\n" }.joined())
      #expect(try await ask(fleet.url, "GET", "/_simulate").body.contains("restart"))
      #expect(try await ask(fleet.url, "GET", "/").status == 404)
    }
  }

  @Test(arguments: [
    ("/_simulate/engines/9", #"{"mode":"ok"}"#, "there is no engine 9"),
    ("/_simulate/engines/x", #"{"mode":"ok"}"#, "names no engines"),
    ("/_simulate/engines/0", #"{"mode":"odd"}"#, "there is no mode"),
    ("/_simulate/engines/0", "{", "the body is not like"),
    ("/_simulate/engines/0?mood=ok", "", "there is no parameter"),
    ("/_simulate/engines/0?mode=slow&delay_ms=x", "", "write milliseconds"),
    ("/_simulate/engines/0?mode=slow&delay_ms=-1", "", "write 0 to 3600000"),
  ])
  func `a wrong switch is refused with a reason`(path: String, body: String, reason: String) async throws {
    try await withFleet { fleet in
      let answer = try await ask(fleet.url, "POST", path, body)
      #expect(answer.status == 400)
      #expect(answer.body.hasPrefix(#"{"error":""#) && answer.body.contains(reason))
      #expect(fleet.engines[0].mode == .ok)
    }
  }

  @Test func `a taken port is reported`() async throws {
    try await withFleet { fleet in
      let port = fleet.url.split(separator: ":").last.flatMap { Int($0) } ?? 0
      await #expect(throws: SimulatorError.self) {
        try await SimulatedFleet.start(FleetShape(engines: 1), port: port - 1)
      }
      await #expect(throws: SimulatorError.self) {
        try await SimulatedFleet.start(FleetShape(engines: 1000), port: 65_000)
      }
      await #expect(throws: SimulatorError.self) { try await SimulatedFleet.start(FleetShape(engines: 0)) }
    }
  }

  /// What the metrics say, by series without labels.
  private func metrics(_ url: String) async throws -> [String: Double] {
    let lines = try await ask(url, "GET", "/metrics").body.split(separator: "\n").filter { !$0.hasPrefix("#") }
    return Dictionary(
      lines.compactMap { line in
        let name = line.prefix { $0 != "{" && $0 != " " }
        return line.split(separator: " ").last.flatMap { Double($0) }.map { (String(name), $0) }
      }, uniquingKeysWith: { first, _ in first })
  }

  private let completion = #"{"model":"sim-org/model-000","prompt":"one","max_tokens":1}"#

  @Test(arguments: [(EngineMode.frozen, 0.0, 0.0), (.stuck, 3.0, 2.0)])
  func `a hanging core answers no completion until the mode ends`(mode: EngineMode, running: Double, waiting: Double)
    async throws
  {
    try await withFleet { fleet in
      let engine = fleet.engines[0]
      try await engine.set(mode)
      let before = try await metrics(engine.url)
      #expect(before["vllm:num_requests_running"] == running)
      #expect(before["vllm:num_requests_waiting"] == waiting)
      async let asked = ask(engine.url, "POST", "/v1/completions", completion)
      let after = try await metrics(engine.url)
      #expect(after["vllm:generation_tokens_total"] == before["vllm:generation_tokens_total"])
      #expect(try await ask(engine.url, "POST", "/sleep").status == 200)
      #expect(engine.mode == mode)
      try await engine.set(.ok)
      // Cut, or sent after the end.
      let status = try await asked.status
      #expect(status == 0 || status == 200)
      #expect(try await ask(engine.url, "POST", "/v1/completions", completion).status == 200)
    }
  }

  @Test func `sleep shows in the metrics and ends with waking`() async throws {
    try await withFleet { fleet in
      let engine = fleet.engines[0]
      #expect(try await ask(engine.url, "POST", "/sleep").body == #"{"status":"sleeping","level":1}"#)
      #expect(engine.mode == .asleep)
      #expect(try await ask(engine.url, "GET", "/is_sleeping").body == #"{"is_sleeping":true}"#)
      let asleep = try await ask(engine.url, "GET", "/metrics").body
      #expect(asleep.contains(#"sleep_state="awake"} 0.0"#))
      #expect(try await ask(engine.url, "POST", "/wake_up").status == 200)
      #expect(try await ask(engine.url, "GET", "/metrics").body.contains(#"sleep_state="awake"} 1.0"#))
    }
  }

  @Test(arguments: ["restart", "loading"])
  func `a new process counts from zero`(mode: String) async throws {
    try await withFleet { fleet in
      let engine = fleet.engines[0]
      for _ in 0..<3 { _ = try await ask(engine.url, "POST", "/v1/completions", completion) }
      let before = try await metrics(engine.url)
      #expect(try await ask(fleet.url, "POST", "/_simulate/engines/0?mode=\(mode)").status == 200)
      try await engine.set(.ok)
      let after = try await metrics(engine.url)
      let (old, new) = (before["process_start_time_seconds"] ?? 0, after["process_start_time_seconds"] ?? 0)
      #expect(new > old)
      #expect((after["http_requests_total"] ?? 0) < (before["http_requests_total"] ?? 0))
    }
  }

  @Test func `an idle engine makes up no traffic`() {
    var traffic = Traffic(seed: 3, startedAt: 100, isIdle: true)
    traffic.advance(to: 1000, isComputing: true)
    #expect(traffic.reading(in: .ok).generatedTokens == 0 && traffic.reading(in: .ok).running == 0)
    traffic.completed(promptTokens: 2, generatedTokens: 1)
    #expect(traffic.reading(in: .ok).generatedTokens == 1)
  }

  @Test func `counters stand still while the core does not compute`() {
    var traffic = Traffic(seed: 3, startedAt: 100)
    traffic.advance(to: 200, isComputing: true)
    let before = traffic.reading(in: .ok)
    #expect(before.generatedTokens > 0)
    traffic.advance(to: 500, isComputing: false)
    #expect(traffic.reading(in: .ok).generatedTokens == before.generatedTokens)
    traffic.advance(to: 600, isComputing: true)
    #expect(traffic.reading(in: .ok).generatedTokens == 2 * before.generatedTokens)
  }

  @Test func `the metrics have the configured length`() async throws {
    let fleet = try await SimulatedFleet.start(FleetShape(engines: 1, metricsPadding: 100 << 10))
    let body = try await ask(fleet.engines[0].url, "GET", "/metrics").body
    await fleet.shutdown()
    #expect(body.utf8.count > 100 << 10 && body.utf8.count < 120 << 10)
    #expect(body.hasSuffix("15.0\n"))
  }
}

import Catalog
import Testing
import Wire

@testable import rollcall

/// Models with readings, as tests of what is shown make them.
enum Told {
  static let now = Timestamp(microseconds: 1_800_000_000_000_000)

  static func readings(
    running: Double? = 12, waiting: Double? = 3, kv: Double? = 0.814, tokens: Double? = 1234, ttft: Double? = 0.12,
    age: Duration = .seconds(2)
  ) -> Readings {
    var readings = Readings(takenAt: now + (.zero - age))
    readings.runningRequests = running
    readings.waitingRequests = waiting
    readings.kvCacheUsage = kv
    readings.generationTokensPerSecond = tokens
    readings.ttftP50 = ttft
    return readings
  }

  static func replica(_ engineID: String, _ state: ModelState = .ready, reason: String = "") -> Replica {
    Replica(
      engineID: engineID, endpoint: "http://\(engineID)",
      condition: Condition(state: state, reason: reason, changedAt: now))
  }

  static func model(
    _ id: String, namespace: String = "default", state: ModelState = .ready, replicas: [Replica] = [],
    divergences: [Divergence] = [], told: [String: ReplicaReading] = [:], readings: Readings? = nil
  ) -> ModelMessage {
    let ready = replicas.count { $0.condition.state == .ready }
    return ModelMessage(
      model: Model(
        key: ModelKey(namespace: namespace, id: id), state: state, created: now, readyReplicas: ready,
        totalReplicas: replicas.count, replicas: replicas, divergences: divergences),
      replicas: told, readings: readings)
  }

  /// One that serves and one that does not.
  static let half = model(
    "meta-llama/Llama-3.1-70B-Instruct", state: .degraded,
    replicas: [
      replica("10.0.0.5:8000"),
      replica(
        "10.0.0.6:8000", .failed,
        reason: "frozen: a completion of one token was not answered within 15 s, though /health is"
      ),
      replica("10.0.0.7:8000", .unreachable, reason: "refused"),
    ],
    divergences: [
      Divergence(field: "max_model_len", values: [("4096", ["10.0.0.5:8000"]), ("8192", ["10.0.0.6:8000"])])
    ],
    told: [
      "10.0.0.5:8000": ReplicaReading(observedAt: now, readings: readings(), resources: ["open_files": 41]),
      "10.0.0.6:8000": ReplicaReading(
        observedAt: now, readings: readings(running: 1, waiting: 0, kv: 0, tokens: 0, ttft: nil, age: .seconds(80))),
      "10.0.0.7:8000": ReplicaReading(observedAt: now + .seconds(-7200)),
    ],
    readings: readings())
}

@Suite("The output of readings")
struct ReadingsOutputTests {
  private static let idle = Told.model(
    "tiny", replicas: [Told.replica("ollama-1")], told: ["ollama-1": ReplicaReading(observedAt: Told.now)])

  @Test func `a table in view FULL fits eighty columns`() {
    let text = FullTable([Told.half, Self.idle], now: Told.now).text(width: 80, colored: false)
    #expect(
      text == """
        ID                           STATE       REPLICAS  RUN WAIT   KV TOK/S  TTFT AGE
        meta-llama/Lla…-70B-Instruct DEGRADED         1/3   12    3  81%  1.2k 120ms  2s
            max_model_len differs: 4096 (10.0.0.5:8000), 8192 (10.0.0.6:8000)
          10.0.0.5:8000              READY                  12    3  81%  1.2k 120ms  2s
          10.0.0.6:8000              FAILED                  1    0   0%     0     -  1m
            frozen: a completion of one token was not answered within 15 s, though
            /health is
          10.0.0.7:8000              UNREACHABLE             -    -    -     -     -  2h
            refused
        tiny                         READY            1/1    -    -    -     -     -   -
          ollama-1                   READY                   -    -    -     -     -  0s

        """)
  }

  @Test func `a table in view FULL is not limited without a terminal`() {
    let text = FullTable([Told.half, Self.idle], now: Told.now).text(width: nil, colored: false)
    #expect(
      text.contains("\nmeta-llama/Llama-3.1-70B-Instruct  DEGRADED          1/3    12     3   81%   1.2k  120ms   2s\n")
    )
    #expect(FullTable([], now: Told.now).text(width: 80, colored: false) == "no models\n")
  }

  @Test func `an event in view FULL has a line for each replica`() {
    let event = WatchEvent(kind: .modified, key: Told.half.model.key, model: Told.half, revision: 7)
    let text = ReplicaLines(event, .full, at: Told.now, width: 80).text(colored: false)
    #expect(
      text == """
          10.0.0.5:8000   READY       run 12   wait 3    kv 81%  1.2k t/s ttft 120ms 2s
          10.0.0.6:8000   FAILED      run 1    wait 0    kv 0%   0 t/s    ttft -     1m
            frozen: a completion of one token was not answered within 15 s, though
            /health is
          10.0.0.7:8000   UNREACHABLE no readings, answered 2h ago
            refused

        """)
    #expect(ReplicaLines(event, .basic, at: Told.now, width: 80).text(colored: false) == "")
  }

  @Test func `a READINGS event has a line for each replica, without its state`() {
    let told = ReadingsMessage(replicas: Told.half.replicas, readings: Told.half.readings)
    let event = WatchEvent(kind: .readings, key: Told.half.model.key, readings: told, revision: 0)
    let text = ReplicaLines(event, .full, at: Told.now, width: nil).text(colored: false)
    #expect(
      text == """
          10.0.0.5:8000                        run 12   wait 3    kv 81%  1.2k t/s ttft 120ms 2s
          10.0.0.6:8000                        run 1    wait 0    kv 0%   0 t/s    ttft -     1m
          10.0.0.7:8000                        no readings, answered 2h ago

        """)
    #expect(
      Document(event, .full).json.hasPrefix(
        """
        {"type":"READINGS","revision":0,"model":{"namespace":"default","id":"meta-llama/Llama-3.1-70B-Instruct",\
        "replicas":[{"engine_id":"10.0.0.5:8000","observed_at":"2027-01-15T08:00:00.000000Z","readings":{"taken_at":\
        "2027-01-15T07:59:58.000000Z","running_requests":12,"waiting_requests":3,"kv_cache_usage":0.814,\
        "prompt_tokens_per_second":null,"generation_tokens_per_second":1234,"ttft_p50":0.12,"ttft_p99":null,
        """.replacing("\n", with: "")))
  }

  @Test func `a value that no engine reports is null in JSON`() {
    let json = Document(Told.half, .full).json
    #expect(
      json.contains(
        #""observed_at":"2027-01-15T06:00:00.000000Z","max_model_len":null,"root":null,"via":[],"readings":null,"resources":{}}"#
      ))
    #expect(json.contains(#""lora_slots_total":null},"resources":{"open_files":41}}"#))
    #expect(Document(Self.idle, .full).json.hasSuffix(#""resources":{}}],"readings":null}"#))
    #expect(!Document(Told.half, .basic).json.contains("readings"))
  }

  @Test(
    arguments: [
      (nil, "-"), (0, "0"), (0.4, "0"), (999, "999"), (999.5, "1.0k"), (1234, "1.2k"), (9960, "10k"), (999_499, "999k"),
      (999_600, "1.0M"), (5.6e9, "5.6G"), (.nan, "-"), (.infinity, "-"), (-1, "-"),
    ] as [(Double?, String)])
  func `an amount is written short`(value: Double?, text: String) {
    #expect(Formatted.count(value) == text)
  }

  @Test(
    arguments: [
      (nil, "-"), (0, "0"), (0.04, "0"), (0.05, "0.1"), (9.94, "9.9"), (9.96, "10"), (1500, "1.5k"),
    ] as [(Double?, String)])
  func `a rate shows its first decimal`(value: Double?, text: String) {
    #expect(Formatted.rate(value) == text)
  }

  @Test(
    arguments: [
      (nil, "-"), (0, "0s"), (0.0004, "0.4ms"), (0.0095, "10ms"), (0.12, "120ms"), (0.9994, "999ms"), (0.9996, "1.0s"),
      (9.96, "10s"), (99.4, "99s"), (99.6, "2m"), (5969, "99m"), (7200, "2h"),
    ] as [(Double?, String)])
  func `a latency is written short`(seconds: Double?, text: String) {
    #expect(Formatted.latency(seconds) == text)
  }

  @Test(arguments: [
    ("plain", 5), ("模型", 4), ("ｆｕｌｌ", 8), ("e\u{301}", 1), ("🦙", 2), ("한국", 4), ("a\u{200d}b", 2), ("📈📉", 4),
  ])
  func `a width is counted in terminal cells`(text: String, cells: Int) {
    #expect(CellWidth.of(text) == cells)
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcdef", 5, "ab…ef"), ("abcdef", 4, "ab…f"), ("abcdef", 1, "…"), ("abcdef", 0, ""),
    ("模型模型模型", 7, "模型…型"), ("模型模型模型", 6, "模…型"), ("🦙🦙🦙", 5, "🦙…🦙"),
  ])
  func `a long id loses its middle`(text: String, width: Int, shown: String) {
    #expect(text.shortened(width) == shown)
    #expect(CellWidth.of(text.shortened(width)) <= width)
  }

  @Test(arguments: ["a\u{1b}[2Jb", "a\u{202e}b", "a\u{9b}b", "a\r\nb", "a\u{2028}b"])
  func `characters that could move the cursor are replaced`(text: String) {
    var table = TextTable([.init(title: "ID"), .init(title: "STATE")])
    table.append([text, "READY"])
    table.note(text, indent: 2)
    #expect(table.text(width: 80).unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(table.lines(width: 80).count == 3)
    #expect(!table.text(width: 80).contains("\u{202e}"))
  }
}

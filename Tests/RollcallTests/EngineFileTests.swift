import Fleet
import Foundation
import HTTP
import Sources
import Testing

@testable import rollcall

@Suite("A file of engines")
struct EngineFileTests {
  @Test(arguments: [
    "[]", "engines: []", "{\"engines\": []}", "- targets: []", "- targets:", "[{\"targets\": null, \"labels\": null}]",
  ])
  func `a file of engines may be an empty list`(text: String) throws {
    let content = try EngineFile.content(text, file: "f")
    #expect(content.engines.isEmpty && content.notices.isEmpty)
  }

  @Test func `a file of engines may have engines and Prometheus targets`() throws {
    let content = try EngineFile.content(
      """
      - url: http://a:8000/v1
        key_env: KEY
        labels: {tier: gold}
      - {url: "http://b:1", id: mine, namespace: team-a}
      - targets: ["c:1", "10.0.0.1:2"]
        labels: {__scheme__: https, __metrics_path__: /m, __meta_x: y, __meta_rollcall_namespace: team-b, zone: z1}
      """, file: "f")
    let engines = content.engines
    #expect(engines.map(\.id) == ["a:8000", "mine", "team-b/c:1", "team-b/10.0.0.1:2"])
    #expect(engines.map(\.url.description) == ["http://a:8000", "http://b:1", "https://c:1", "https://10.0.0.1:2"])
    #expect(engines[0].labels == ["tier": "gold"] && engines[0].key == .environment("KEY"))
    #expect(engines[2].labels == ["zone": "z1"] && engines[2].namespace == "team-b")
    #expect(
      content.notices == [
        "f:5: the label '__metrics_path__' is left out: it does not end in /metrics, so there is no base path"
      ])
  }

  @Test func `a file of engines may be JSON`() throws {
    let text = #"[{"targets": ["a:1"], "labels": {"job": "vllm"}}, {"url": "http://b:2"}]"#
    #expect(try EngineFile.content(text, file: "f").engines.map(\.id) == ["a:1", "b:2"])
  }

  @Test(arguments: [
    ("", "not a list of engines"), ("null", "not a list of engines"), ("a: b", "not a list of engines"),
    ("- x", "f:1: "), ("- {url: ftp://x}", "f:1: "), ("- {targets: x}", "f:1: "), ("- {targets: [{}]}", "f:1: "),
    ("- {targets: [a b]}", "f:1: "), ("- {url: 'http://a:1', nonsense: 1}", "f:1: "), ("[", "f:"),
    ("- {targets: ['a:1'], more: x}", "f:1: "), ("- x\n- y\n- {targets: ['a b']}", "f:1: "),
  ])
  func `a file without a single engine is refused with the place of its first mistake`(text: String, error: String) {
    let problem = #expect(throws: CommandError.self) { try EngineFile.content(text, file: "f") }
    #expect(problem.map { "\($0)".contains(error) } == true, "\(String(describing: problem))")
  }

  @Test(arguments: [
    ("- x", "f:2: "), ("- {url: ftp://x}", "f:2: "), ("- {targets: x}", "f:2: "), ("- {targets: [{}]}", "f:2: "),
    ("- {targets: [a b]}", "f:2: "), ("- {url: 'http://a:1', nonsense: 1}", "f:2: "), ("- null", "f:2: "),
    ("- {url: 'http://good:1', id: b}", "f:2: two engines of namespace 'default' have the URL"),
    ("- {url: 'http://b:1', id: 'good:1'}", "f:2: two engines have the id"), ("- {targets: ['a:1'], more: x}", "f:2: "),
    ("- {targets: ['a:1'], labels: [x]}", "f:2: labels must be a mapping"),
    ("- {targets: ['a:0']}", "f:2: the target 'a:0': "),
    ("- {targets: ['http://u:secret@a:1']}", "f:2: "), ("- {targets: ['u:secret@a:1']}", "f:2: "),
    ("- {targets: ['a:1'], labels: {__scheme__: ftp}}", "f:2: "),
    ("- {targets: ['a:1'], labels: {__meta_rollcall_namespace: A/B}}", "f:2: the target 'a:1': namespace must be"),
    ("- {<<: 5}", "f:2: '<<'"),
  ])
  func `an entry that is no engine costs itself, and is named with its place`(entry: String, notice: String) throws {
    for text in ["- url: http://good:1\n\(entry)\n- targets: ['better:2']"] {
      let content = try EngineFile.content(text, file: "f")
      #expect(content.engines.map(\.id) == ["good:1", "better:2"])
      #expect(content.notices.count == 1 && content.notices[0].hasPrefix(notice), "\(content.notices)")
      #expect(!content.notices[0].contains("secret"))
    }
  }

  // The inputs of bug reports.

  func content(_ bytes: [UInt8]) throws -> FileContent {
    try EngineFile.content(String(decoding: bytes, as: UTF8.self), file: "f")
  }

  @Test func `a target in two groups is one engine with the labels of both`() throws {
    let content = try content(PackageResources.same_target_twice_json)
    #expect(content.engines.map(\.id) == ["127.0.0.1:8001", "127.0.0.1:8002"])
    #expect(content.engines.map(\.labels) == [["job": "vllm", "model": "a"], ["job": "vllm"]])
    #expect(content.notices.isEmpty)
  }

  @Test func `labels may be null`() throws {
    let content = try content(PackageResources.labels_null_json)
    #expect(content.engines.map(\.id) == ["127.0.0.1:8001", "127.0.0.1:8002"])
    #expect(content.engines.allSatisfy(\.labels.isEmpty) && content.notices.isEmpty)
  }

  @Test func `labels may merge those of an anchor`() throws {
    let content = try content(PackageResources.merge_key_yaml)
    #expect(content.engines.map(\.id) == ["127.0.0.1:8001", "127.0.0.1:8002"])
    #expect(content.engines.map(\.labels) == [["env": "prod"], ["env": "prod", "tier": "gold"]])
    #expect(content.notices.isEmpty)
  }

  @Test func `one bad target of many costs itself`() throws {
    let content = try content(PackageResources.one_bad_of_many_json)
    #expect(content.engines.map(\.id) == ["127.0.0.1:8001", "127.0.0.1:8002"])
    #expect(
      content.notices.count == 1 && content.notices[0].hasPrefix("f:5: the target 'not a host': "), "\(content.notices)"
    )
  }

  @Test func `the path of the metrics gives the base path`() throws {
    let content = try content(PackageResources.http_sd_round_trip_json)
    #expect(content.engines.map(\.url.description) == ["http://models.example/llama", "http://models.example/qwen"])
    #expect(content.notices.isEmpty)
  }

  // Everything that Prometheus takes.

  @Test func `labels that Rollcall cannot have are left out and named`() throws {
    let long = String(repeating: "x", count: 257)
    let content = try EngineFile.content(
      """
      - targets: ['a:1', 'b:1']
        labels: {größe: klein, ok: größe, long: \(long), n: 5, t: true, e: '', z: ~, l: [x], "b b": c, __ü: v}
      """, file: "f")
    #expect(content.engines.map(\.labels) == Array(repeating: ["ok": "größe", "n": "5", "t": "true"], count: 2))
    #expect(
      content.notices == [
        "f:1: the value of the label 'l' is no text: it is left out",
        "f:1: the label 'b b' is left out: the label 'b b' must be 1 to 317 letters, digits, '-', '.', '_' and '/'",
        "f:1: the label 'größe' is left out: the label 'größe' must be 1 to 317 letters, digits, '-', '.', '_' and '/'",
        "f:1: the label 'long' is left out: the value of the label 'long' must be up to 256 bytes without control characters",
      ])
  }

  @Test func `of two values of a label the first counts, and the second is named`() throws {
    let content = try EngineFile.content(
      """
      - {targets: ['a:1'], labels: {job: x, __scrape_timeout__: 5s, __meta_other: p}}
      - {targets: ['a:1', 'a:1', 'b:1'], labels: {job: y, __meta_rollcall_engine_kind: vllm, __meta_other: q}}
      """, file: "f")
    #expect(content.engines.map(\.id) == ["a:1", "b:1"])
    #expect(content.engines.map(\.labels) == [["job": "x"], ["job": "y"]])
    #expect(content.engines[0].kind == .vllm && content.engines[0].timeout == .seconds(5))
    #expect(
      content.notices == ["f:2: the target a:1 has the label 'job' with two values: 'x' counts, 'y' is left out"])
  }

  @Test func `labels name the options of an engine, and a wrong option costs itself`() throws {
    let content = try EngineFile.content(
      """
      - targets: ['a:1', 'b:1']
        labels:
          __rollcall_key_env__: KEY
          __rollcall_auth__: basic
          __rollcall_health__: /ping
          __rollcall_server_name__: x.example
          __rollcall_insecure__: maybe
          __rollcall_namespace__: team
          __rollcall_kind__: vllm
          __meta_rollcall_kind: tgi
      - targets: ['c:1']
        labels: {__rollcall_key_env__: KEY, __rollcall_auth__: nonsense}
      """, file: "f")
    for engine in content.engines.prefix(2) {
      #expect(engine.key == .environment("KEY") && engine.paths.health == "/ping" && engine.kind == .vllm)
      #expect(engine.tls.serverName == "x.example" && !engine.tls.isInsecure && engine.namespace == "team")
    }
    #expect(content.engines.map(\.id) == ["team/a:1", "team/b:1", "c:1"])
    #expect(content.engines.last?.key == nil, "a key is not sent in a way that nobody chose")
    #expect(content.notices.count == 2)
    #expect(
      content.notices.first == "f:1: the label '__rollcall_insecure__' is left out: insecure must be true or false")
  }

  @Test func `no notice holds a key`() throws {
    let content = try EngineFile.content(
      """
      - {targets: ['a:1'], labels: {__rollcall_key__: secret1, a: [secret2]}}
      - {targets: ['a:1'], labels: {__rollcall_key__: secret3}}
      - {targets: ['b:1'], labels: {__rollcall_key__: secret4, __rollcall_key_env__: secret5}}
      - {targets: ['c:1'], labels: {__rollcall_key__: secret6, __rollcall_auth__: secret7}}
      - {targets: ['u:secret8@d:1'], labels: {__rollcall_id__: 'secret 9'}}
      - {url: 'http://e:1', key: secret10, key_env: secret11}
      - {url: 'http://u:secret12@e:1'}
      """, file: "f")
    #expect(content.engines.map(\.id) == ["a:1", "b:1", "c:1"])
    #expect(content.notices.count == 8 && content.notices.allSatisfy { !$0.contains("secret") }, "\(content.notices)")
  }

  @Test func `a target with a scheme or a path of its own is another engine`() throws {
    let content = try EngineFile.content(
      """
      - {targets: ['a:1'], labels: {__scheme__: http}}
      - {targets: ['a:1'], labels: {__scheme__: https}}
      - {targets: ['a:1'], labels: {__metrics_path__: /x/metrics/}}
      - {targets: ['a:1'], labels: {__meta_rollcall_namespace: t}}
      - {targets: ['a:1']}
      """, file: "f")
    #expect(content.engines.map(\.id) == ["a:1", "a:1/x", "t/a:1"])
    #expect(content.notices.count == 1 && content.notices[0].hasPrefix("f:2: two engines have the id 'a:1'"))
  }

  @Test func `what an http_sd of Rollcall tells is read again`() throws {
    let content = try EngineFile.content(
      #"""
      [{"targets":["a:443"],"labels":{"__scheme__":"https","__metrics_path__":"/b/prometheus/metrics",
        "__meta_rollcall_namespace":"team","__meta_rollcall_engine":"mine","__meta_rollcall_kind":"trtllm",
        "__meta_rollcall_cluster":"west","__rollcall_timeout__":"1500ms","__rollcall_list__":"/v3/models","__rollcall_metrics__":"off","__meta_rollcall_state":"READY",
        "__meta_rollcall_label_x":"y"}},
       {"targets":["b:1"],"labels":{"__meta_rollcall_engine":"mine","__meta_rollcall_kind":"brand-new",
        "__rollcall_timeout__":"soon"}}]
      """#, file: "f")
    let engine = try #require(content.engines.first)
    #expect(engine.id == "mine" && engine.url.description == "https://a/b" && engine.namespace == "team")
    // The kind that another Rollcall has found shows where the base path ends, and is found anew.
    #expect(engine.kind == nil && engine.cluster == "west" && engine.timeout == .milliseconds(1500))
    #expect(engine.labels == ["x": "y"] && engine.paths == EnginePaths(list: "/v3/models", readsMetrics: false))
    // An id that another engine has is made of the address.
    #expect(content.engines.last?.id == "b:1")
    #expect(content.notices.count == 1 && content.notices.allSatisfy { $0.hasPrefix("f:5: ") }, "\(content.notices)")
  }

  // Forms of text.

  @Test func `a file may have a byte order mark, lines that end as on Windows, and a second document`() throws {
    let yaml = "- targets: ['a:1']\r\n  labels:\r\n    x: y\r\n"
    for text in [yaml, "\u{feff}" + yaml, "\u{feff}[{\"targets\":[\"a:1\"],\r\n\"labels\":{\"x\":\"y\"}}]\r\n"] {
      let content = try EngineFile.content(text, file: "f")
      #expect(content.engines.map(\.labels) == [["x": "y"]] && content.notices.isEmpty)
    }
    for rest in ["---\n- targets: ['b:1']\n", "--- {", "---\nx: y\n"] {
      let content = try EngineFile.content("- targets: ['a:1']\n\(rest)", file: "f")
      #expect(content.engines.map(\.id) == ["a:1"])
      #expect(content.notices == ["f: the documents after the first are not read"])
    }
    #expect(try EngineFile.content("---\n- targets: ['a---b:1']\n...\n", file: "f").notices.isEmpty)
  }

  @Test func `JSON may have what YAML has not`() throws {
    let content = try EngineFile.content(
      #"[{"targets":["a:1",7],"labels":{"x":"\ud83d\ude00","n":1,"f":true,"z":null,"y":"1","y":"1"}}]"#, file: "f")
    #expect(content.engines.map(\.id) == ["a:1", "7:80"])
    #expect(content.engines[0].labels == ["x": "😀", "n": "1", "f": "true", "y": "1"])
    #expect(throws: CommandError.self) { try EngineFile.content(#"[{"a":1,"a":2}"#, file: "f") }
  }

  @Test func `many mistakes are named up to a limit and counted beyond it`() throws {
    let bad = (1...150).map { "- {url: 'ftp://x\($0)'}\n" }.joined()
    let content = try EngineFile.content("- url: http://a:1\n" + bad, file: "f")
    #expect(content.engines.count == 1 && content.notices.count == 101)
    #expect(content.notices.last == "f: and 50 more")
  }

  // Fuzz.

  /// Values that break an entry, a group or a label.
  private static let oddities = [
    "null", "~", "[]", "{}", "5", "-1", "true", "''", "x", "'a b'", "[[]]", "{a: {b: c}}", "'http://'", "['']",
    "[null]",
    "{targets: }", "{url: }", "{url: [x]}", "{targets: {}}", "{targets: [a, {}]}", "{<<: x}", "{<<: [{a: b}, 5]}",
    "{targets: ['x:99999']}", "{url: 'http://x', labels: 5}", "{url: 'http://x', kind: y}",
    "{url: 'http://x', key: a, key_env: b}",
    "{targets: ['x:1'], labels: {a: {b: c}}}", "{targets: ['x:1'], labels: {'': y}}", "{? [a] : b}",
    "{targets: ['x:1'], labels: {__scrape_timeout__: x}}", "{targets: ['x:1'], labels: {__meta_rollcall_cluster: A B}}",
    "\"\\u0000\"", "{url: \"http://x\\u0000\"}", "{targets: [\"\\n\"]}", "!!binary x", "2001-01-01",
    "!foo {url: 'http://x'}",
  ]

  @Test func `an entry that is broken at random takes no other along`() throws {
    var random = SystemRandomNumberGenerator()
    for round in 0..<300 {
      let count = Int.random(in: 2...12, using: &random)
      let broken = Int.random(in: 0..<count, using: &random)
      let oddity = try #require(Self.oddities.randomElement(using: &random))
      let lines = (0..<count).map { index in
        if index == broken { return "- \(oddity)" }
        return index % 2 == 0 ? "- url: http://e\(index):1" : "- {targets: ['e\(index):1'], labels: {a: b}}"
      }
      let content = try EngineFile.content(lines.joined(separator: "\n"), file: "f")
      let wanted = (0..<count).filter { $0 != broken }.map { "e\($0):1" }
      let found = content.engines.map(\.id).filter { $0.hasPrefix("e") }
      #expect(found == wanted, "round \(round): \(oddity)")
    }
  }

  @Test func `a few anchors that name billions of mappings cost little`() throws {
    var text = "x: &a0 {k: v}\n"
    for level in 1...12 {
      let names = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "x\(level): &a\(level) {<<: [\(names)]}\n"
    }
    let error = #expect(throws: CommandError.self) {
      try EngineFile.content(text + "engines: [{url: 'http://a:1', labels: {<<: *a12}}]", file: "f")
    }
    #expect(error?.description.contains("merges more than") == true, "\(String(describing: error))")
  }
}

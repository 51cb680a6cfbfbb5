import Fleet
import Testing

@testable import rollcall

@Suite("A file of engines")
struct EngineFileTests {
  @Test(arguments: [
    "[]", "engines: []", "{\"engines\": []}",
  ])
  func `a file of engines may be an empty list`(text: String) throws {
    #expect(try EngineFile.engines(text, file: "f").isEmpty)
  }

  @Test func `a file of engines may have engines and Prometheus targets`() throws {
    let engines = try EngineFile.engines(
      """
      - url: http://a:8000/v1
        key_env: KEY
        labels: {tier: gold}
      - {url: "http://b:1", id: mine, namespace: team-a}
      - targets: ["c:1", "10.0.0.1:2"]
        labels: {__scheme__: https, __metrics_path__: /m, __meta_x: y, __meta_rollcall_namespace: team-b, zone: z1}
      """, file: "f")
    #expect(engines.map(\.id) == ["a:8000", "mine", "team-b/c:1", "team-b/10.0.0.1:2"])
    #expect(engines.map(\.url.description) == ["http://a:8000", "http://b:1", "https://c:1", "https://10.0.0.1:2"])
    #expect(engines[0].labels == ["tier": "gold"] && engines[0].key == .environment("KEY"))
    #expect(engines[2].labels == ["zone": "z1"] && engines[2].namespace == "team-b")
  }

  @Test func `a file of engines may be JSON`() throws {
    let text = #"[{"targets": ["a:1"], "labels": {"job": "vllm"}}, {"url": "http://b:2"}]"#
    #expect(try EngineFile.engines(text, file: "f").map(\.id) == ["a:1", "b:2"])
  }

  @Test(arguments: [
    ("", "not a list of engines"), ("null", "not a list of engines"), ("a: b", "not a list of engines"),
    ("- x", "f:1: "), ("- {url: ftp://x}", "f:1: "), ("- {targets: x}", "f:1: "), ("- {targets: [{}]}", "f:1: "),
    ("- {targets: [a b]}", "f:1: "), ("- {url: 'http://a:1', nonsense: 1}", "f:1: "), ("[", "f:"),
    ("- {url: 'http://a:1'}\n- {url: 'http://a:1', id: b}", "f: two engines"),
    ("- {targets: ['a:1'], more: x}", "f:1: "),
  ])
  func `a mistake in a file of engines is reported with its place`(text: String, error: String) {
    let problem = #expect(throws: CommandError.self) { try EngineFile.engines(text, file: "f") }
    #expect(problem.map { "\($0)".contains(error) } == true, "\(String(describing: problem))")
  }
}

import Catalog
import Testing

/// Ids of `FilterSamples.models`.
private let llama = "llama3:8b"
private let sim = "sim-org/model.1"
private let japan = "日本語"
private let star = "a*b \"q\""

@Suite("A filter")
struct FilterTests {
  @Test(
    arguments: [
      ("state = READY OR state = COLD AND kind = ALIAS", [japan]),
      ("kind = ALIAS AND state = READY OR state = COLD", [japan]),
      ("kind = ALIAS state = READY OR state = COLD", [japan]),
      ("state = READY OR (state = COLD AND kind = ALIAS)", [llama, japan]),
      ("state = READY", [llama]), ("NOT state = READY", [sim, japan, star]), ("-state = READY", [sim, japan, star]),
      ("NOT state = READY OR kind = BASE", [llama, sim, japan, star]),
      ("NOT (state = READY OR kind = ADAPTER)", [japan, star]), ("-(state = READY)", [sim, japan, star]),
      ("NOT NOT state = READY", [llama]), ("NOT -state = READY", [llama]), ("NOT(state=READY)", [sim, japan, star]),
      ("((((state=READY))))", [llama]), ("  \t\r\n state\n=\tREADY  ", [llama]), ("kind=BASE -state=READY", [star]),
      ("(kind = BASE)(state = READY)", [llama]), ("state=READY AND kind=BASE AND labels.team=a", [llama]),
    ] as [(String, [String])])
  func `a filter binds OR tighter than AND and blanks, and NOT tightest`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("id = llama3:8b", [llama]), ("id=llama3:8b", [llama]), (#"id = "llama3:8b""#, [llama]),
      ("id = 'llama3:8b'", [llama]), ("id != llama3:8b", [sim, japan, star]), ("id = LLAMA3:8b", []),
      ("id = sim-org/model.1", [sim]), ("id = 日本語", [japan]), ("(id = 日本語)", [japan]),
      (#"id = "a\*b \"q\"""#, [star]), (#"id = 'a\*b "q"'"#, [star]), (#"root = "C:\\models\\x""#, [sim]),
      ("id > llama3:8b", [sim, japan]), ("id >= llama3:8b", [llama, sim, japan]), ("id < llama3:8b", [star]),
      ("id <= llama3:8b", [llama, star]), ("namespace = team-b", [sim]), ("parent = llama3:8b", [sim]),
      (#"parent = """#, [llama, japan, star]), ("parent:*", [sim]), ("-parent:*", [llama, japan, star]),
      ("etag = 00ff", [llama]), ("version:*", [llama]), ("version = 1", [llama]),
      ("owned_by != vllm", [sim, japan, star]),
      ("id : LLAMA", [llama]), ("id:3:8", [llama]), (#"id:"日本""#, [japan]), (#"id:"A\*B""#, [star]), ("id:nothing", []),
      (#"id:"""#, [llama, sim, japan, star]), ("id = a=b", []), ("id = -x", []), ("id = !", []),
    ] as [(String, [String])])
  func `a filter compares texts by their bytes`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("id = *", [llama, sim, japan, star]), ("id = **", [llama, sim, japan, star]), ("id = llama*", [llama]),
      ("id = *8b", [llama]), ("id = l*3:*b", [llama]), ("id = llama3:8b*", [llama]), ("id = *llama3:8b", [llama]),
      ("id = llama3:8bb*", []), ("id = *or*o*", [sim]), ("id = s*m*1", [sim]), ("id = *本*", [japan]),
      ("id = 日*語", [japan]),
      (#"id = "a\**""#, [star]), (#"id = "*\**""#, [star]), (#"id = "a\*b*""#, [star]), ("id != *m*", [japan, star]),
      ("NOT id = *m*", [japan, star]), ("id = *L*", []), ("labels.team = *", [llama, sim, star]),
      ("labels.team != *", [japan]), ("replicas.engine_id = *b*", [llama, sim]), ("parent = *:*", [sim]),
      ("id = a*a", []), ("id = ll*llama3:8b", []),
    ] as [(String, [String])])
  func `a star in a filter matches any run of characters`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("labels.team = a", [llama]), ("labels.team != a", [sim, japan, star]),
      ("NOT labels.team = a", [sim, japan, star]),
      ("labels.team:*", [llama, sim, star]), ("labels:team", [llama, sim, star]), ("labels:*", [llama, sim, star]),
      ("-labels:*", [japan]), ("labels.team:A", [llama, star]), ("labels.team > a", [sim]),
      ("labels.team < b", [llama, star]),
      ("labels.none < b", []), ("labels.none >= \"\"", []), ("labels.none = \"\"", []),
      ("labels.none != x", [llama, sim, japan, star]),
      ("labels.empty:*", [star]), ("labels.empty = \"\"", [star]), (#"labels."a.b/c" = "x y""#, [sim]),
      (#"labels.'a.b/c':X"#, [sim]), ("labels.a.b/c:*", [sim]), (#"labels:"a.b/c""#, [sim]),
      (#"labels.a."b/c":*"#, [sim]),
      ("labels.Team:*", []),
    ] as [(String, [String])])
  func `a filter sees labels and their absence`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("max_model_len = 8192", [llama]), ("max_model_len:8192", [llama]), ("max_model_len > 4096", [llama, japan]),
      ("max_model_len >= 4096", [llama, sim, japan]), ("max_model_len < 4096", [star]), ("max_model_len <= 0", [star]),
      ("max_model_len = 9223372036854775807", [japan]), ("max_model_len > 9223372036854775806", [japan]),
      ("max_model_len < 9223372036854775807", [llama, sim, star]), ("revision = -9223372036854775808", [japan]),
      ("revision > -1", [llama, sim, star]), ("max_model_len != 8192", [sim, japan, star]),
      ("max_model_len:*", [llama, sim, japan]), ("total_replicas = 2", [llama, sim]), ("ready_replicas = \"1\"", [sim]),
      ("revision = +10", [llama]), ("revision = 0010", [llama]),
    ] as [(String, [String])])
  func `a filter compares numbers exactly, up to the limits`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("state = READY", [llama]), ("state:READY", [llama]), ("state != READY", [sim, japan, star]),
      ("state = \"COLD\"", [japan]), ("kind = ADAPTER", [sim]), ("kind != BASE", [sim, japan]),
      ("kind:*", [llama, sim, japan, star]), ("state:FAILED", [star]),
    ] as [(String, [String])])
  func `a filter compares enums by name`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("created > 1970-01-01T00:00:01Z", [sim, star]), ("created >= 1970-01-01T00:00:01Z", [llama, sim, star]),
      ("created = 1970-01-01T01:00:01+01:00", [llama]), ("created < 1970-01-01T00:00:00Z", [japan]),
      ("created = 2026-11-22T19:17:38.25Z", [star]), ("created > \"2026-11-22T10:00:00Z\"", [star]),
      ("created != 1970-01-01T00:00:01Z", [sim, japan, star]), ("created:1970-01-01T00:00:02Z", [sim]),
      ("(created>2026-11-22T10:00:00Z)", [star]),
    ] as [(String, [String])])
  func `a filter compares times`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("replicas.engine_kind = ollama", [sim]), ("replicas.engine_kind != vllm", [sim]),
      ("replicas.engine_kind != ollama", [llama, sim]), ("NOT replicas.engine_kind = ollama", [llama, japan, star]),
      ("NOT replicas.engine_kind != vllm", [llama, japan, star]), ("replicas:*", [llama, sim]),
      ("-replicas:*", [japan, star]),
      ("replicas.state = UNREACHABLE", [sim]), ("replicas.state_reason:ROUTE", [sim]), ("replicas.root:*", [llama]),
      ("replicas.max_model_len > 8192", [llama]), ("replicas.cluster = c1", [llama, sim]),
      ("replicas.engine_id = http://c:11434", [sim]), ("replicas.endpoint:c", [sim]),
      ("replicas.engine_version = 0.9", [llama, sim]),
      ("replicas.state_changed_at = 1970-01-01T00:00:07Z", [llama, sim]),
      // Not of one and the same replica.
      ("replicas.engine_kind = vllm AND replicas.state = READY", [llama, sim]),
      ("divergences:*", [llama]), ("divergences.field = max_model_len", [llama]), ("divergences.field = root", []),
      ("divergences.values.value = 16384", [llama]), ("divergences.values.value != 8192", [llama]),
      ("divergences.values.engine_ids = http://b:8000", [llama]), ("divergences.values:*", [llama]),
      ("NOT divergences.values.engine_ids:b", [sim, japan, star]), ("replicas.resources:*", []),
      ("replicas.resources.gpu > 0", []), ("replicas.resources.gpu != 0", [llama, sim]),
    ] as [(String, [String])])
  func `a filter matches when any replica or divergence does`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(
    arguments: [
      ("llama3", [llama, sim]), ("LLAMA", [llama, sim]), ("\"llama3:8b\"", [llama, sim]), ("vLLM", [llama]),
      ("ollama", [sim]),
      ("gold", [llama]), ("tier", []), ("'x Y'", [sim]), ("-llama", [japan, star]), ("/models/", [llama]),
      ("日本", [japan]),
      ("model.1", [sim]), ("llama gold", [llama]), ("gold OR 語", [llama, japan]), ("a.b", []), ("state", []),
      (#""\*""#, [star]), (#""AND""#, []), ("a OR b AND gold", [llama]), ("no-such", []), ("x-y", []), ("É", []),
    ] as [(String, [String])])
  func `a bare word matches the id, parent, root, owner and labels`(_ text: String, _ ids: [String]) throws {
    #expect(try FilterSamples.matching(text) == ids)
  }

  @Test(arguments: [
    "state = READY AND max_model_len >= 32768",
    "labels.team = search OR labels.team = ads AND -state = UNREACHABLE",
    "kind = ADAPTER parent = meta-llama/*",
    "replicas.engine_kind = ollama AND created > 2026-11-22T10:00:00Z",
    "llama -70b",
  ])
  func `a filter is parsed as the manual writes it`(_ text: String) {
    #expect(throws: Never.self) { try Filter(text) }
  }

  @Test
  func `a filter treats two spellings of one accent as two texts`() throws {
    let composed = "caf\u{e9}"
    let decomposed = "cafe\u{301}"
    var model = Model(key: key(composed), state: .ready, created: moment(1))
    model.labels = [composed: composed]
    for (text, expected) in [
      ("id = \(composed)", true), ("id = \(decomposed)", false), ("id != \(decomposed)", true),
      ("id <= \(composed)", true), ("labels.\(composed):*", true), ("labels.\(decomposed):*", false),
      ("labels:\(decomposed)", false), ("id = *\(composed)*", true), ("id = *\(decomposed)*", false),
      (composed, true), (decomposed, false),
    ] {
      #expect(try Filter(text).matches(model, .none) == expected, "\(text)")
    }
    #expect(try Filter("id = \(composed)") != Filter("id = \(decomposed)"))
    #expect(try Filter("id = \(composed)") == Filter("id = \(composed)"))
  }
}

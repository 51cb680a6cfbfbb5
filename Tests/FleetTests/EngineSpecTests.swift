import Testing

@testable import Fleet

@Suite("Descriptions of engines")
struct EngineSpecTests {
  @Test func `an argument of the command line sets every field of an engine`() throws {
    let spec = try EngineSpec(
      argument: "http://host:8000,kind=vllm,key-env=VLLM_KEY,namespace=team-a,cluster=eu-1,labels.tier=gold,id=a")
    #expect(spec.url.description == "http://host:8000")
    #expect(spec.kind == .vllm)
    #expect(spec.key == .environment("VLLM_KEY"))
    #expect(spec.namespace == "team-a")
    #expect(spec.cluster == "eu-1")
    #expect(spec.labels == ["tier": "gold"])
    #expect(spec.id == "a")
  }

  @Test(arguments: [
    ("http://host:8000", "http://host:8000", "host:8000"),
    ("HTTP://Host:8000/", "http://host:8000", "host:8000"),
    ("http://host", "http://host", "host:80"),
    ("http://host:80/", "http://host", "host:80"),
    ("https://host", "https://host", "host:443"),
    ("https://host:443/api", "https://host/api", "host:443/api"),
    ("http://host:8000/v1", "http://host:8000", "host:8000"),
    ("http://host:8000/v1/", "http://host:8000", "host:8000"),
    ("http://host:8000/team/v1", "http://host:8000/team", "host:8000/team"),
    ("http://[::1]:8000", "http://[::1]:8000", "[::1]:8000"),
    ("http://[::1]", "http://[::1]", "[::1]:80"),
    ("http://10.0.0.1:1", "http://10.0.0.1:1", "10.0.0.1:1"),
    ("http://my_service.ns.svc:8000", "http://my_service.ns.svc:8000", "my_service.ns.svc:8000"),
  ])
  func `an engine's URL has one spelling and gives the id`(argument: String, url: String, id: String) throws {
    let spec = try EngineSpec(argument: argument)
    #expect(spec.url.description == url)
    #expect(spec.id == id)
    #expect(spec.namespace == "default")
  }

  @Test(arguments: [
    ("host:8000", "http:// or https://"),
    ("ftp://host", "must be http or https"),
    ("http://", "not a host name"),
    ("http://:8000", "not a host name"),
    ("http://host:0", "1 to 65535"),
    ("http://host:65536", "1 to 65535"),
    ("http://host:x", "1 to 65535"),
    ("http://::1:8000", "not a host name"),
    ("http://ho st", "not a host name"),
    ("http://host/a b", "printable ASCII"),
    ("http://host?x=1", "not a host name"),
    ("http://host/?x=1", "no query"),
    ("http://user:secret@host", "credentials"),
    ("http://host,kind=tgi2", "vllm, llamacpp, ollama, sglang, tgi, lmdeploy, trtllm, triton, litellm, llama-swap, "),
    ("http://host,key=a,key-env=B", "only one of"),
    ("http://host,key=", "must not be empty"),
    ("http://host,namespace=", "1 to 63"),
    ("http://host,namespace=Team A", "1 to 63"),
    ("http://host,kind", "name=value"),
    ("http://host,=x", "name=value"),
    ("http://host,", "name=value"),
    ("http://host,color=red", "namespace, cluster, draining, id, timeout and labels.NAME"),
    ("http://host,kind=vllm,kind=vllm", "twice"),
    ("http://host,labels.a=1,labels.a=2", "twice"),
    ("http://host,labels.=1", "the label ''"),
    ("http://host,labels.a=\u{7}", "control characters"),
    ("http://host,id=a b", "without spaces"),
    ("http://host,timeout=5", "at most 300s"),
    ("http://host,timeout=10m", "at most 300s"),
  ])
  func `a wrong argument is refused with the allowed values`(argument: String, words: String) {
    let error = #expect(throws: EngineSpecError.self) { try EngineSpec(argument: argument) }
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("secret") == false)
  }

  @Test func `an error never repeats a key`() {
    let error = #expect(throws: EngineSpecError.self) {
      try EngineSpec(argument: "http://host,key=hush,hush,namespace=a")
    }
    #expect(error?.description.contains("hush") == false)
  }

  @Test func `a key is never printed`() throws {
    let spec = try EngineSpec(url: "http://host", key: "hush")
    var dumped = ""
    dump(spec, to: &dumped)
    for text in ["\(spec)", String(reflecting: spec), dumped, "\([spec.key])"] {
      #expect(!text.contains("hush"), "\(text)")
    }
  }

  @Test func `two engines have two ids`() throws {
    let one = try EngineSpec(url: "http://host:8000")
    let same = try EngineSpec(url: "http://host:8000/v1", namespace: "other")
    let other = try EngineSpec(url: "http://host:8000", namespace: "other", id: "other")
    #expect(throws: EngineSpecError.self) { try EngineSpec.checkUnique([one, same]) }
    try EngineSpec.checkUnique([one, other])
  }
}

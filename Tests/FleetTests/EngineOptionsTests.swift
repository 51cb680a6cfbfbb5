import Catalog
import HTTP
import Testing

@testable import Fleet

@Suite("Options of engines")
struct EngineOptionsTests {
  /// A valid text of each option, another beside it where one alone is not valid, and what it sets.
  static let samples: [(EngineOption, String, [EngineOption: String], @Sendable (EngineSpec) -> Bool)] = [
    (.kind, "vllm", [:], { $0.kind == .vllm }),
    (.key, "hush", [:], { $0.key == .literal("hush") }),
    (.keyEnv, "KEY", [:], { $0.key == .environment("KEY") }),
    (.keyFile, "/key", [:], { $0.key == .file("/key") }),
    (.auth, "basic", [:], { $0.keyScheme == .basic }),
    (.list, "/v3/models", [:], { $0.paths.list == "/v3/models" }),
    (.health, "/ping", [:], { $0.paths.health == "/ping" }),
    (.metrics, "off", [:], { !$0.paths.readsMetrics }),
    (.caFile, "/ca.pem", [:], { $0.tls.caFile == "/ca.pem" }),
    (.serverName, "Engine.test", [:], { $0.tls.serverName == "engine.test" }),
    (.certFile, "/cert.pem", [:], { $0.tls.certFile == "/cert.pem" && $0.tls.certKeyFile == nil }),
    (.certKeyFile, "/key.pem", [.certFile: "/cert.pem"], { $0.tls.certKeyFile == "/key.pem" }),
    (.insecure, "true", [:], { $0.tls.isInsecure }),
    (.proofTimeout, "30s", [:], { $0.proofTimeout == .seconds(30) }),
    (.namespace, "team-a", [:], { $0.namespace == "team-a" }),
    (.cluster, "eu-1", [:], { $0.cluster == "eu-1" }),
    (.draining, "true", [:], { $0.isDraining }),
    (.id, "mine", [:], { $0.id == "mine" }),
    (.timeout, "7s", [:], { $0.timeout == .seconds(7) }),
  ]

  /// A text of each option that is refused.
  static let wrong: [EngineOption: String] = [
    .kind: "hush", .key: "", .keyEnv: "", .keyFile: "", .auth: "hush", .list: "hush", .health: "/a?key=hush",
    .metrics: "hush", .caFile: "", .serverName: "hush/hush", .certFile: "", .insecure: "hush", .proofTimeout: "hush",
    .namespace: "Hush hush", .cluster: "Hush hush", .draining: "hush", .id: "hush hush", .timeout: "hush",
  ]

  @Test func `every option is set from the command line, annotations and labels of targets`() throws {
    #expect(Set(Self.samples.map(\.0)) == Set(EngineOption.allCases))
    for (option, text, others, isSet) in Self.samples {
      let texts = others.merging([option: text]) { $1 }
      let argument = texts.map { ",\($0.key.rawValue)=\($0.value)" }.joined()
      #expect(isSet(try EngineSpec(argument: "https://host\(argument)")), "\(option)")
      for spelling in [\EngineOption.key, \.annotation, \.targetLabel] {
        let given = Dictionary(uniqueKeysWithValues: texts.map { ($0.key[keyPath: spelling], $0.value) })
        let options = EngineOptions(given, spelling: { $0[keyPath: spelling] })
        #expect(isSet(try options.spec(url: "https://host")), "\(option)")
      }
      #expect(!isSet(try EngineSpec(url: "https://host")), "\(option)")
    }
  }

  @Test func `each grammar spells the names in its own way`() {
    #expect(EngineOption.certKeyFile.key == "cert_key_file")
    #expect(EngineOption.keyEnv.annotation == "rollcall.io/key-env")
    #expect(EngineOption.timeout.annotation == "rollcall.io/probe-timeout")
    #expect(EngineOption.keyEnv.targetLabel == "__rollcall_key_env__")
    let error = EngineSpecError("cert-key-file needs cert-file; key-env", in: [])
    #expect(error.text(\.key) == "cert_key_file needs cert_file; key_env")
  }

  @Test func `a wrong value is refused by the option's name and is not repeated`() {
    for (option, text) in Self.wrong {
      let error = #expect(throws: EngineSpecError.self) {
        try EngineSpec(argument: "https://host,\(option.rawValue)=\(text)")
      }
      #expect(error?.description.contains(option.rawValue) == true, "\(option): \(error?.description ?? "")")
      #expect(error?.options.contains(option) == true)
      #expect(error?.description.lowercased().contains("hush") == false)
    }
    #expect(throws: EngineSpecError.self) { try EngineSpec(argument: "https://host,cert-key-file=/key.pem") }
  }

  @Test(arguments: [
    "header:", "header:a b", "header:host", "header:Content-Length", "header:a\nb", "digest", "",
  ])
  func `a key is sent in no other way than these`(text: String) {
    #expect(throws: EngineSpecError.self) { try EngineSpec(argument: "https://host,auth=\(text)") }
  }

  @Test func `a header is named without regard to case`() throws {
    #expect(try EngineSpec(argument: "https://host,auth=header:X-API-Key").keyScheme == .header("x-api-key"))
    #expect(try EngineSpec(argument: "https://host,auth=Bearer").keyScheme == .bearer)
  }

  @Test(arguments: [
    ("10.0.0.1", "10.0.0.1"), ("::1", "[::1]"), ("[::1]", "[::1]"), ("a.example", "a.example"),
  ])
  func `a server's name is a name or an address`(text: String, name: String) throws {
    #expect(try EngineSpec(argument: "https://host,server-name=\(text)").tls.serverName == name)
  }

  @Test func `options that are wrong cost themselves alone where the source asks for it`() throws {
    var options = EngineOptions()
    for (option, text) in Self.wrong { options[option] = text }
    options[.list] = "/v3/models"
    let (spec, faults) = try options.tolerantSpec(url: "http://host:1")
    #expect(spec.paths.list == "/v3/models")
    #expect(spec.timeout == nil && spec.key == nil && !spec.tls.isInsecure)
    #expect(Set(faults.flatMap(\.options)).isSuperset(of: [.timeout, .insecure, .kind]))
    #expect(throws: EngineSpecError.self) { try options.tolerantSpec(url: "host") }
  }

  @Test func `a key is not sent when the way to send it is wrong`() throws {
    var options = EngineOptions()
    options[.auth] = "digest"
    options[.keyEnv] = "KEY"
    let (spec, faults) = try options.tolerantSpec(url: "http://host:1")
    #expect(spec.key == nil)
    #expect(faults.count == 1)
  }

  @Test func `a claim keeps how an engine is asked`() throws {
    for (option, text, others, _) in Self.samples where option != .key {
      var options = EngineOptions()
      for (name, text) in others.merging([option: text], uniquingKeysWith: { $1 }) { options[name] = text }
      let spec = try options.spec(url: "https://host:1", labels: ["a": "b"])
      let stored = Claim.probed(spec).stored(source: .static, part: "", omittedMinutes: nil)
      let facts = EngineFacts(
        id: spec.id, endpoint: spec.url.description, namespace: spec.namespace, cluster: spec.cluster,
        labels: spec.labels, condition: Condition(state: .ready, changedAt: Timestamp(microseconds: 0)))
      #expect(Claim(stored, on: (facts, []))?.spec == spec, "\(option)")
    }
  }

  @Test func `a claim of a newer version is read without the options that are unknown or wrong`() throws {
    var stored = EngineClaim(sourceKind: "static", sourceName: "", part: "", id: "a", isProbed: true)
    stored.options = ["list": "/v3/models", "colour": "red", "auth": "kerberos", "insecure": "perhaps"]
    let facts = EngineFacts(
      id: "a", endpoint: "https://host", condition: Condition(state: .ready, changedAt: Timestamp(microseconds: 0)))
    let spec = try #require(Claim(stored, on: (facts, []))?.spec)
    #expect(spec.paths.list == "/v3/models")
    #expect(spec.tls == ClientTLS() && spec.keyScheme == .bearer)
  }

  @Test func `engines that are asked in other ways are not the same`() throws {
    let plain = try EngineSpec(url: "https://host")
    for (option, text, others, _) in Self.samples where option.isAsking {
      var options = EngineOptions()
      for (name, text) in others.merging([option: text], uniquingKeysWith: { $1 }) { options[name] = text }
      let spec = try options.spec(url: "https://host")
      #expect(spec != plain, "\(option)")
      #expect(spec.hasSameContact(as: plain) == [.timeout, .proofTimeout].contains(option), "\(option)")
    }
  }

  @Test func `a registration carries how the engine is asked`() throws {
    let given = ["list": "/v3/models", "insecure": "true", "timeout": "7s"]
    let spec = try Registration(leaseID: "a", url: "https://host", options: given).engineSpec(in: "")
    #expect(spec.paths.list == "/v3/models")
    #expect(spec.tls.isInsecure)
    #expect(spec.timeout == .seconds(7))
    for (name, text) in [("key", "hush"), ("namespace", "other"), ("colour", "red"), ("insecure", "hush")] {
      let error = #expect(throws: RegistrationError.self) {
        try Registration(leaseID: "a", url: "https://host", options: [name: text]).engineSpec(in: "")
      }
      guard case .invalid(let field, let text) = error else {
        Issue.record("\(String(describing: error))")
        continue
      }
      #expect(field == "options")
      #expect(!text.contains("hush"))
    }
  }
}

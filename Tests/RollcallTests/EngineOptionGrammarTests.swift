import ArgumentParser
import Catalog
import Fleet
import HTTP
import Sources
import Testing
import Wire

@testable import rollcall

/// The options of an engine in the grammars of this program: YAML, the environment and registrations.
@Suite("Grammars of engines")
struct EngineOptionGrammarTests {
  /// Options that go together, none of them as usual.
  static let texts: [EngineOption: String] = [
    .kind: "vllm", .keyEnv: "KEY", .auth: "header:X-API-Key", .list: "/v3/models", .health: "/ping", .metrics: "off",
    .caFile: "/ca.pem", .serverName: "engine.test", .certFile: "/cert.pem", .certKeyFile: "/key.pem", .insecure: "true",
    .proofTimeout: "30s", .namespace: "team-a", .cluster: "eu-1", .draining: "true", .id: "mine", .timeout: "7s",
  ]
  static let argument = "https://host" + texts.map { ",\($0.key.rawValue)=\($0.value)" }.joined() + ",labels.tier=gold"

  @Test func `every option has one meaning in all of them`() throws {
    let spec = try EngineSpec(argument: Self.argument)
    #expect(Self.texts.keys.count + 2 == EngineOption.allCases.count)
    let yaml =
      "engines:\n- url: https://host\n  labels: {tier: gold}\n"
      + Self.texts.map { "  \($0.key.key): \($0.value)\n" }.joined()
    #expect(try SettingsLayer(yaml, file: "c.yaml").engines == [spec])
    #expect(try EngineFile.content(yaml, file: "f.yaml").engines == [spec])
    var variables = EnvironmentVariables(["ROLLCALL_ENGINE": Self.argument])
    #expect(try SettingsLayer(&variables).engines == [spec])
    #expect(try ServeCommand.parse(["--engine", Self.argument]).commandLine.engines == [spec])
  }

  @Test func `a registration carries every option but a key and draining`() throws {
    let argument = Self.argument.replacing(",draining=true", with: "")
    let request = try RegisterRequest(argument: argument)
    #expect(
      request.keyEnv == "KEY" && request.kind == "vllm" && request.id == "mine" && request.labels == ["tier": "gold"])
    #expect(Set(request.options.keys) == Set(EngineOption.allCases.filter(\.isAsking).map(\.rawValue)))
    let registration = Registration(
      leaseID: "a", namespace: request.namespace, url: request.url, kind: request.kind, engineID: request.id,
      cluster: request.cluster, labels: request.labels, keyEnv: request.keyEnv, options: request.options)
    #expect(try registration.engineSpec(in: "") == EngineSpec(argument: argument))
    #expect(throws: CommandError.self) { try RegisterRequest(argument: "http://a,key=hush") }
  }

  @Test func `an error of YAML has YAML's spelling and its line`() {
    let error = #expect(throws: CommandError.self) {
      try SettingsLayer("engines:\n- url: https://host\n  cert_key_file: /k\n", file: "c.yaml")
    }
    #expect(error?.description == "c.yaml:2: cert_key_file needs cert_file, the certificate of that key")
  }
}

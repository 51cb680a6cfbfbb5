import Fleet
import Foundation
import HTTP
import Kubernetes
import Logging
import Testing

@testable import rollcall

@Suite("The configuration file")
struct SettingsFileTests {
  @Test func `a configuration file sets every setting`() throws {
    let config = try SettingsLayer(
      """
      listen: "[::1]:9090"
      probe_interval: 500ms
      probe_timeout: 1s
      forget_after: 1h
      rise: 2
      fall: 3
      stall_after: 90s
      proof_of_life: 5m
      proof_timeout: 20s
      log_level: debug
      measure_loops: true
      threads: 3
      data: /var/lib/rollcall
      history: 2h
      history_changes: 5000
      history_size: 128MiB
      remember: 30d
      commit_delay: 20ms
      admin_insecure: true
      drain_delay: 5s
      limits: {streams: 64, max-age: 0, idle-time: 10m, header-bytes: 32KiB, reset-rate: 0, read-rate: 2KiB}
      trusted_proxies: [10.0.0.0/8, "::1"]
      allow_engine_addresses: [10.0.0.0/8, "fd00::/8"]
      deny_engine_addresses: [10.9.0.0/16]
      engine_schemes: [https]
      proxy_protocol: 10.1.0.0/16
      engines:
        - url: http://127.0.0.1:8000
        - url: https://llm.example.com/base/
          kind: vllm
          key_env: VLLM_KEY
          namespace: team-a
          cluster: eu-1
          draining: true
          id: big
          labels: {tier: gold, rank: 1}
      """, file: "c.yaml")
    #expect(config.listen == HostPort(host: "::1", port: 9090))
    #expect(config.probeInterval == .milliseconds(500))
    #expect(config.probeTimeout == .seconds(1))
    #expect(config.forgetAfter == .seconds(3600))
    #expect(config.rise == 2)
    #expect(config.fall == 3)
    #expect(config.stallAfter == .seconds(90))
    #expect(config.proofOfLife == .seconds(300))
    #expect(config.proofTimeout == .seconds(20))
    #expect(config.engines.map(\.isDraining) == [false, true])
    #expect(config.logLevel == .debug)
    #expect(config.measureLoops == true)
    #expect(config.threads == 3)
    #expect(config.data == "/var/lib/rollcall" && config.inMemory == nil)
    #expect(config.history == .seconds(7200))
    #expect(config.historyChanges == 5000)
    #expect(config.historySize == 128 << 20)
    #expect(config.remember == .seconds(30 * 86_400))
    #expect(config.commitDelay == .milliseconds(20))
    #expect(config.adminInsecure == true)
    #expect(config.drainDelay == .seconds(5))
    #expect(config.limits.map(\.limit) == [.streams, .maxAge, .idleTime, .headerBytes, .resetRate, .readRate])
    #expect(config.limits.map(\.value) == [64, 0, 600_000, 32_768, 0, 2_048])
    #expect(config.egress.allowed == ["10.0.0.0/8", "fd00::/8"].map { AddressRange($0) })
    #expect(config.egress.denied == [AddressRange("10.9.0.0/16")] && config.egress.schemes == ["https"])
    #expect(config.trustedProxies.map { $0.contains("10.1.2.3") } == [true, false])
    #expect(config.proxyProtocol.map { $0.contains("10.1.2.3") } == [true])
    #expect(
      config.engines == [
        try EngineSpec(url: "http://127.0.0.1:8000"),
        try EngineSpec(
          url: "https://llm.example.com/base", kind: "vllm", keyEnv: "VLLM_KEY", namespace: "team-a", cluster: "eu-1",
          labels: ["tier": "gold", "rank": "1"], draining: "true", id: "big"),
      ])
  }

  @Test(arguments: ["", "# nothing\n", "{}"])
  func `an empty file sets nothing`(text: String) throws {
    let config = try SettingsLayer(text, file: "c.yaml")
    #expect(config.listen == nil && config.engines.isEmpty)
    #expect(try !ServeSettings(commandLine: SettingsLayer(), file: config).statesEngines)
    let none = try SettingsLayer("engines: []", file: "c.yaml")
    #expect(try ServeSettings(commandLine: SettingsLayer(), file: none).statesEngines)
  }

  @Test(arguments: [
    ("engine: []", "c.yaml:1: there is no key \"engine\" here"),
    ("listen: 1.2.3.4:5\nengines:\n  - url: http://a:1\n    knid: vllm\n", "c.yaml:4: there is no key \"knid\" here"),
    ("engines:\n  - kind: vllm\n", "c.yaml:2: an engine must have a url"),
    ("engines:\n  - http://a:1\n", "c.yaml:2: an engine must be a mapping"),
    ("engines: http://a:1", "c.yaml:1: engines must be a list"),
    ("\nprobe_interval: 5\n", "c.yaml:2: probe_interval: \"5\" is no duration"),
    ("probe_interval:\n", "probe_interval must have a value"),
    ("listen: [1]", "c.yaml:1: listen must have a value"),
    ("log_level: loud", "c.yaml:1: log_level: \"loud\" is no log level: write one of trace,"),
    ("engines:\n  - url: ftp://a\n", "c.yaml:2: 'ftp://a': the scheme is 'ftp'"),
    ("engines:\n  - url: http://a\n    labels: x\n", "c.yaml:3: labels must be a mapping"),
    ("engines:\n  - url: http://a\n    labels: {x: [1]}\n", "c.yaml:3: labels.x must have a value"),
    ("data: /x\nin_memory: true\n", "c.yaml:1: data and in_memory exclude each other"),
    ("in_memory: maybe", "c.yaml:1: in_memory: \"maybe\" is neither true nor false"),
    ("engine_schemes: [ftp]", "c.yaml:1: engine_schemes: \"ftp\" is no scheme of an engine: write http or https"),
    ("allow_engine_addresses: [10.0.0.0/40]", "c.yaml:1: allow_engine_addresses: \"10.0.0.0/40\" is no range"),
    ("deny_engine_addresses: [host]", "c.yaml:1: deny_engine_addresses: \"host\" is no range"),
    ("data: ''", "c.yaml:1: data: \"\" is no directory"),
    ("history_size: 64MB", "c.yaml:1: history_size: \"64MB\" is no size: write a number and a unit"),
    ("history_changes: 99", "c.yaml:1: history_changes: \"99\" is out of range: write a number from 100 to 10000000"),
    ("commit_delay: 2s", "c.yaml:1: commit_delay: \"2s\" is out of range: write a duration from 1ms to 1s"),
    ("listen: a:1\nlisten: b:2\n", "the same key twice: listen"),
    ("listen: [a\nb: c", "this is not YAML"),
    ("- url: http://a", "c.yaml:1: the file must be a mapping"),
    ("a: 1\n---\nb: 2\n", "this is not YAML"),
    ("? [x]\n: 1\n", "a key must be a plain text"),
  ])
  func `a mistake in a file is reported with its line`(text: String, message: String) {
    let error = #expect(throws: CommandError.self) { try SettingsLayer(text, file: "c.yaml") }
    let description = error?.description ?? ""
    #expect(description.contains(message))
    #expect(!description.contains("\n"))
  }

  @Test func `deep nesting is refused`() {
    for text in [String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 100_000)] {
      #expect(throws: CommandError.self) { try SettingsLayer(text, file: "c.yaml") }
    }
  }

  @Test func `aliases that multiply are harmless`() {
    var text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    for (name, before) in zip("bcdefghijkl", "abcdefghijk") {
      text += "\(name): &\(name) [" + Array(repeating: "*\(before)", count: 9).joined(separator: ",") + "]\n"
    }
    #expect(throws: CommandError.self) { try SettingsLayer(text, file: "c.yaml") }
  }

  @Test func `a mapping takes keys of others, and keys that begin with x- hold what anchors name`() throws {
    let config = try SettingsLayer(
      """
      x-nothing:
      x-probes: &probes {probe_interval: 3s, rise: 2}
      x-engine: &engine {kind: vllm, labels: &labels {tier: gold, zone: z}}
      x-team: &team {namespace: team-a, kind: sglang}
      <<: *probes
      rise: 4
      limits: {<<: {streams: 64}, max-age: 0}
      engines:
        - {<<: *engine, url: "http://a:1"}
        - {<<: [*team, *engine], url: "http://b:1", labels: {<<: *labels, tier: silver}}
        - {url: "http://c:1", <<: ~}
      """, file: "c.yaml")
    #expect(config.probeInterval == .seconds(3) && config.rise == 4)
    #expect(config.limits.map(\.limit) == [.maxAge, .streams])
    #expect(config.engines.map(\.kind) == [.vllm, .sglang, nil])
    #expect(config.engines.map(\.namespace) == ["default", "team-a", "default"])
    #expect(config.engines.map(\.labels) == [["tier": "gold", "zone": "z"], ["tier": "silver", "zone": "z"], [:]])
    // They are ignored at the top alone: elsewhere a key is a name.
    let unknown = #expect(throws: CommandError.self) {
      try SettingsLayer("engines: [{url: 'http://a:1', x-a: b}]", file: "c.yaml")
    }
    #expect(unknown?.description.hasPrefix("c.yaml:1: there is no key \"x-a\" here") == true)
    for text in ["<<: 5", "<<: [{}, 5]", "limits: {<<: x}", "engines: [{<<: {nonsense: 1}, url: 'http://a:1'}]"] {
      let error = #expect(throws: CommandError.self) { try SettingsLayer(text, file: "c.yaml") }
      #expect(error?.description.hasPrefix("c.yaml:1: ") == true)
    }
  }

  @Test func `a cluster has ports, a scheme and the options of its engines`() throws {
    let config = try SettingsLayer(
      """
      kubernetes:
        - {selector: app, ports: [8000, "http*"], scheme: https, ca_file: /ca, server_name: x, timeout: 3s, kind: vllm}
      """, file: "c.yaml")
    var options = EngineOptions()
    (options[.caFile], options[.serverName], options[.timeout], options[.kind]) = ("/ca", "x", "3s", "vllm")
    #expect(
      config.sources.kubernetes == [
        try KubernetesSettings(selector: "app", ports: ["8000", "http*"], scheme: "https", options: options)
      ])
    for (text, error) in [
      ("ports: [0]", "is no port"), ("scheme: ftp", "scheme must be"), ("insecure: maybe", "insecure must be"),
      ("cert_key_file: /k", "cert_key_file needs cert_file"), ("namespace: a", "there is no key \"namespace\" here"),
    ] {
      let problem = #expect(throws: CommandError.self) { try SettingsLayer("kubernetes: {\(text)}", file: "c.yaml") }
      #expect(problem?.description.contains(error) == true, "\(String(describing: problem))")
    }
  }

  @Test func `a configuration file may have a byte order mark and lines that end as on Windows`() throws {
    let config = try SettingsLayer("\u{feff}rise: 2\r\nengines:\r\n  - url: http://a:1\r\n", file: "c.yaml")
    #expect(config.rise == 2 && config.engines.map(\.url.description) == ["http://a:1"])
  }

  @Test func `a file that cannot be read is named`() throws {
    let missing = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    let error = #expect(throws: CommandError.self) { try SettingsLayer.read(missing) }
    #expect(error?.description.contains(missing) == true)
    let large = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data(count: YAMLText.sizeLimit + 1).write(to: large)
    defer { try? FileManager.default.removeItem(at: large) }
    let tooLarge = #expect(throws: CommandError.self) { try SettingsLayer.read(large.path()) }
    #expect(tooLarge?.description.contains("larger than 8 MiB") == true)
    #expect(throws: CommandError.self) { try SettingsLayer.read(FileManager.default.temporaryDirectory.path()) }
  }

  @Test func `the command line may set the place of the data`() throws {
    let memory = try SettingsLayer("in_memory: true", file: "c.yaml")
    let directory = try SettingsLayer("data: /d\nin_memory: false", file: "arguments")
    #expect(try ServeSettings(commandLine: directory, file: memory).place == .directory("/d"))
    #expect(try ServeSettings(commandLine: memory, file: directory).place == .memory)
    #expect(try ServeSettings(commandLine: SettingsLayer(), file: memory).place == .memory)
  }

  @Test(arguments: [
    (["XDG_STATE_HOME": "/state", "HOME": "/h"], StorePlace.directory("/state/rollcall")),
    (["XDG_STATE_HOME": "relative", "HOME": "/h"], .directory("/h/.local/state/rollcall")),
    (["HOME": "/h"], .directory("/h/.local/state/rollcall")), (["HOME": ""], nil), ([:], nil),
  ])
  func `the default place of the data is that of the specification`(environment: [String: String], place: StorePlace?) {
    #expect(StorePlace.usual(in: environment) == place)
  }

  @Test func `the command line wins over the file, and their engines are joined`() throws {
    var file = try SettingsLayer("probe_interval: 1s\nlisten: a:1\nengines: [{url: 'http://b:1'}]", file: "c.yaml")
    var commandLine = try SettingsLayer("listen: c:2\nengines: [{url: 'http://a:1'}]", file: "arguments")
    let settings = try ServeSettings(commandLine: commandLine, file: file)
    #expect(settings.listen == HostPort(host: "c", port: 2))
    #expect(settings.probes.interval == .seconds(1))
    #expect(settings.probes.timeout == .seconds(2))
    #expect(settings.engines.map(\.id) == ["a:1", "b:1"])
    file.engines = commandLine.engines
    let error = #expect(throws: CommandError.self) { try ServeSettings(commandLine: commandLine, file: file) }
    #expect(error?.description.contains("a:1") == true)
    commandLine.engines = []
    #expect(try ServeSettings(commandLine: commandLine, file: nil).engines.isEmpty)
  }
}

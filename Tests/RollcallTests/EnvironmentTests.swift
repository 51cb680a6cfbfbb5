import ArgumentParser
import Fleet
import Foundation
import Kubernetes
import Testing

@testable import rollcall

@Suite("Settings in the environment")
struct EnvironmentTests {
  /// A flag's variable, a value of it that is not the default, and the same on the command line.
  private struct Row: Sendable {
    var flag: String
    var value: String
    /// The words of the command line; nil: the flag and the value.
    var words: [String]?

    init(_ flag: String, _ value: String, words: [String]? = nil) {
      self.flag = flag
      self.value = value
      self.words = words
    }

    var variable: String { "ROLLCALL_" + flag.uppercased().replacing("-", with: "_") }
    var commandLine: [String] { words ?? ["--\(flag)", value] }
  }

  private static let rows = [
    Row("listen", "[::1]:9"), Row("threads", "3"), Row("log-level", "debug"),
    Row("tls-cert", "/a /b", words: ["--tls-cert", "/a", "--tls-cert", "/b"]),
    Row("tls-key", "/c /d", words: ["--tls-key", "/c", "--tls-key", "/d"]), Row("tls-listen", "[::1]:10"),
    Row("tls-client-ca", "/e"), Row("tls-client-auth", "optional"),
    Row("measure-loops", "true", words: ["--measure-loops"]), Row("config", "/no/such/file"),
    Row(
      "engine", "http://a:1,kind=vllm,labels.x=y\n http://b:2",
      words: ["--engine", "http://a:1,kind=vllm,labels.x=y", "--engine", "http://b:2"]),
    Row("cluster", "eu-1"), Row("kubernetes", "true", words: ["--kubernetes"]), Row("kube-config", "/k"),
    Row("kube-context", "c"), Row("kube-namespace", "n m", words: ["--kube-namespace", "n", "--kube-namespace", "m"]),
    Row("kube-selector", "a in (b, c)"),
    Row("kube-port", "8000 http*", words: ["--kube-port", "8000", "--kube-port", "http*"]),
    Row("kube-label", "l m", words: ["--kube-label", "l", "--kube-label", "m"]),
    Row("peer", "eu=http://a:1 us=http://b:1", words: ["--peer", "eu=http://a:1", "--peer", "us=http://b:1"]),
    Row("dns", "a:1,kind=vllm srv:b", words: ["--dns", "a:1,kind=vllm", "--dns", "srv:b"]), Row("dns-interval", "3s"),
    Row("engines-file", "/f /g", words: ["--engines-file", "/f", "--engines-file", "/g"]),
    Row("probe-interval", "1s"), Row("probe-timeout", "7s"), Row("max-backoff", "9s"),
    Row("max-models-per-engine", "50"), Row("forget-after", "1h"),
    Row("rise", "3"),
    Row("fall", "4"),
    Row("stall-after", "5m"), Row("proof-of-life", "6m"), Row("proof-timeout", "8s"), Row("data", "/d"),
    Row("in-memory", "true", words: ["--in-memory"]), Row("history", "2h"), Row("history-changes", "500"),
    Row("history-size", "1MiB"), Row("remember", "7d"), Row("commit-delay", "1ms"),
    Row("admin-insecure", "true", words: ["--admin-insecure"]), Row("drain-delay", "7s"),
    Row(
      "limit", "streams=7 idle-time=10s\nheader-bytes=1MiB",
      words: ["--limit", "streams=7", "--limit", "idle-time=10s", "--limit", "header-bytes=1MiB"]),
    Row(
      "trusted-proxy", "10.0.0.0/8 ::1", words: ["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1"]),
    Row("proxy-protocol", "10.0.0.0/8 ::1", words: ["--proxy-protocol", "10.0.0.0/8", "--proxy-protocol", "::1"]),
    Row(
      "allow-engine-address", "10.0.0.0/8 fd00::/8",
      words: ["--allow-engine-address", "10.0.0.0/8", "--allow-engine-address", "fd00::/8"]),
    Row("deny-engine-address", "10.9.0.0/16"), Row("engine-scheme", "https"),
    Row(
      "allow-origin", "https://a.example,http://B:80\nhttp://c:1",
      words: ["--allow-origin", "https://a.example,http://b", "--allow-origin", "http://c:1"]),
    Row("no-ollama-api", "true", words: ["--no-ollama-api"]),
  ]

  /// The flags that the parser knows, `--help` and `--version` aside.
  private static func flags() throws -> Set<String> {
    struct Help: Decodable {
      struct Command: Decodable { var arguments: [Argument]? }
      struct Argument: Decodable { var names: [Name]? }
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var command: Command
    }
    let help = try JSONDecoder().decode(Help.self, from: Data(ServeCommand._dumpHelp().utf8))
    let names = (help.command.arguments ?? []).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map(\.name)
    return Set(names).subtracting(["help", "version"])
  }

  private static func layer(_ environment: [String: String]) throws -> SettingsLayer {
    var variables = EnvironmentVariables(environment)
    return try SettingsLayer(&variables)
  }

  @Test func `every flag of serve has a variable`() throws {
    let flags = try Self.flags()
    #expect(flags.count > 30)
    #expect(Set(Self.rows.map(\.flag)) == flags)
    var variables = EnvironmentVariables([:])
    _ = try SettingsLayer(&variables)
    #expect(
      Set(Self.rows.map(\.variable)).union(ServerOption.keys.map { EnvironmentVariables.name(of: $0) })
        == variables.known)
  }

  @Test(arguments: Self.rows.map(\.flag))
  func `a variable has the effect of its flag`(flag: String) throws {
    let row = try #require(Self.rows.first { $0.flag == flag })
    let stated = try Self.layer([row.variable: row.value])
    let serve = try ServeCommand.parse((flag == "engine" ? [] : ["--engine", "http://z:1"]) + row.commandLine)
    var expected = serve.commandLine
    if flag != "engine" { (expected.engines, expected.statesEngines) = ([], false) }
    #expect(stated == expected)
    #expect(stated != SettingsLayer())
  }

  @Test(arguments: [
    (["ROLLCALL_LISTEN": "here"], "ROLLCALL_LISTEN: \"here\" is no address"),
    (["ROLLCALL_PROBE_INTERVAL": "5"], "ROLLCALL_PROBE_INTERVAL: \"5\" is no duration"),
    (["ROLLCALL_THREADS": "0"], "ROLLCALL_THREADS: \"0\" is out of range"),
    (["ROLLCALL_IN_MEMORY": "yes"], "ROLLCALL_IN_MEMORY: \"yes\" is neither true nor false"),
    (["ROLLCALL_ENGINE": "http://a:1 ftp://b"], "ROLLCALL_ENGINE: 'ftp://b'"),
    (["ROLLCALL_KUBE_SELECTOR": "a in b"], "ROLLCALL_KUBE_SELECTOR: "),
    (["ROLLCALL_ALLOW_ORIGIN": "https://a/"], "ROLLCALL_ALLOW_ORIGIN: \"https://a/\" is no origin"),
    (["ROLLCALL_ALLOW_ORIGIN": "* https://a"], "ROLLCALL_ALLOW_ORIGIN: * stands for every origin"),
    (["ROLLCALL_KUBE_NAMESPACE": "a,b"], "ROLLCALL_KUBE_NAMESPACE: "),
    (["ROLLCALL_DATA": "/d", "ROLLCALL_IN_MEMORY": "true"], "ROLLCALL_DATA and ROLLCALL_IN_MEMORY exclude each other"),
  ])
  func `a mistake is reported with its variable`(environment: [String: String], message: String) {
    let error = #expect(throws: CommandError.self) { try Self.layer(environment) }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    "http://a:1,key=one two", "http://a:1,key=one two,kind=vllm http://b:1", "http://a:1 two,labels.x=http://c:1",
  ])
  func `a piece of a key that holds a space is not repeated`(text: String) {
    let error = #expect(throws: CommandError.self) { try Self.layer(["ROLLCALL_ENGINE": text]) }
    #expect(error?.description == "ROLLCALL_ENGINE: a value is not an engine's URL; values hold no spaces")
    #expect(error?.description.contains("two") == false)
  }

  @Test func `an empty variable sets nothing`() throws {
    let empty = Dictionary(uniqueKeysWithValues: Self.rows.map { ($0.variable, "") })
    #expect(try Self.layer(empty) == SettingsLayer())
  }

  @Test func `unknown variables are reported, except those of a Service and of other commands`() throws {
    var variables = EnvironmentVariables([
      "ROLLCALL_LISTNE": "a:1", "ROLLCALL_DATA": "/d", "ROLLCALL_SERVER": "a:1", "PATH": "/bin",
      "ROLLCALL_SERVICE_HOST": "10.0.0.1", "ROLLCALL_SERVICE_PORT_HTTP": "80", "ROLLCALL_PORT": "tcp://10.0.0.1:80",
      "ROLLCALL_PORT_80_TCP_ADDR": "10.0.0.1", "ROLLCALL_BIN": "x",
    ])
    _ = try SettingsLayer(&variables)
    #expect(variables.unknown == ["ROLLCALL_BIN", "ROLLCALL_LISTNE"])
  }

  @Test func `a port variable belongs to a Service only beside the address of that Service`() throws {
    func unknown(_ names: [String]) throws -> [String] {
      var variables = EnvironmentVariables(Dictionary(uniqueKeysWithValues: names.map { ($0, "1") }))
      _ = try SettingsLayer(&variables)
      return variables.unknown
    }
    let mistakes = ["ROLLCALL_LISTEN_PORT", "ROLLCALL_PORT", "ROLLCALL_PORT_8080_TCP"]
    #expect(try unknown(mistakes) == mistakes)
    #expect(try unknown(mistakes + ["ROLLCALL_SERVICE_HOST"]) == ["ROLLCALL_LISTEN_PORT"])
    #expect(try unknown(mistakes + ["ROLLCALL_EU_SERVICE_HOST"]) == mistakes)
    let twice = ["ROLLCALL_PORT_PORT", "ROLLCALL_PORT_PORT_80_TCP_PORT"]
    #expect(try unknown(twice + ["ROLLCALL_PORT_SERVICE_HOST", "ROLLCALL_PORTS"]) == ["ROLLCALL_PORTS"])
  }

  @Test func `the command line wins over the environment, and the environment over the file`() throws {
    let commandLine = try SettingsLayer("rise: 2\nengines: [{url: 'http://a:1'}]", file: "arguments")
    let environment = try Self.layer([
      "ROLLCALL_RISE": "3", "ROLLCALL_FALL": "3", "ROLLCALL_ENGINE": "http://b:1", "ROLLCALL_MEASURE_LOOPS": "false",
    ])
    let file = try SettingsLayer(
      "rise: 4\nfall: 4\nlisten: c:4\nmeasure_loops: true\nengines: [{url: 'http://c:1'}]", file: "c.yaml")
    let settings = try ServeSettings(commandLine: commandLine, environment: environment, file: file)
    #expect(settings.probes.rise == 2 && settings.probes.fall == 3 && settings.listen.port == 4)
    #expect(!settings.measureLoops && settings.probes.timeout == .seconds(2))
    #expect(settings.engines.map(\.id) == ["a:1", "b:1", "c:1"])
  }

  @Test func `each layer may set the place of the data`() throws {
    func place(_ environment: [String: String], _ file: String, _ commandLine: String = "") throws -> StorePlace {
      try ServeSettings(
        commandLine: SettingsLayer(commandLine, file: "arguments"), environment: Self.layer(environment),
        file: SettingsLayer(file, file: "c.yaml")
      ).place
    }
    #expect(try place(["ROLLCALL_DATA": "/e"], "in_memory: true") == .directory("/e"))
    #expect(try place(["ROLLCALL_IN_MEMORY": "true"], "data: /f") == .memory)
    #expect(try place(["ROLLCALL_IN_MEMORY": "false"], "data: /f") == .directory("/f"))
    #expect(try place(["ROLLCALL_IN_MEMORY": "false"], "in_memory: true") == StorePlace.usual())
    #expect(try place(["ROLLCALL_DATA": "/e"], "data: /f", "in_memory: true") == .memory)
  }

  @Test func `flags and variables describe one cluster of Kubernetes`() throws {
    let environment = try Self.layer(["ROLLCALL_KUBE_CONFIG": "/k", "ROLLCALL_KUBE_CONTEXT": "e"])
    let serve = try ServeCommand.parse(["--kube-context", "c", "--kube-namespace", "n"])
    let settings = try ServeSettings(commandLine: serve.commandLine, environment: environment, file: nil)
    #expect(settings.sources.kubernetes == [try KubernetesSettings(config: "/k", context: "c", namespaces: ["n"])])
    let none = try Self.layer(["ROLLCALL_KUBERNETES": "false", "ROLLCALL_KUBE_CONFIG": "/k"])
    #expect(try ServeSettings(commandLine: SettingsLayer(), environment: none, file: nil).sources.isEmpty)
    #expect(try ServeSettings(commandLine: serve.commandLine, environment: none, file: nil).sources.count == 1)
  }

  @Test func `flags describe a cluster beside the clusters of the file`() throws {
    let file = try SettingsLayer("kubernetes: [{config: /f, context: f, name: f}]", file: "c.yaml")
    let environment = try Self.layer(["ROLLCALL_KUBE_CONFIG": "/k"])
    let settings = try ServeSettings(commandLine: SettingsLayer(), environment: environment, file: file)
    #expect(
      settings.sources.kubernetes == [
        try KubernetesSettings(config: "/k"), try KubernetesSettings(name: "f", config: "/f", context: "f"),
      ])
  }

  @Test func `clusters in the file contradict a false in the environment`() throws {
    let none = try Self.layer(["ROLLCALL_KUBERNETES": "false"])
    let file = try SettingsLayer("kubernetes: {}", file: "c.yaml")
    let error = #expect(throws: CommandError.self) {
      try ServeSettings(commandLine: SettingsLayer(), environment: none, file: file)
    }
    #expect(error?.description.hasPrefix("ROLLCALL_KUBERNETES is false, but the configuration file names") == true)
    let empty = try SettingsLayer("kubernetes: []", file: "c.yaml")
    #expect(try ServeSettings(commandLine: SettingsLayer(), environment: none, file: empty).sources.isEmpty)
    // A flag that describes a cluster turns it on.
    let serve = try ServeCommand.parse(["--kube-config", "/k"])
    let named = try SettingsLayer("kubernetes: {name: f}", file: "c.yaml")
    #expect(try ServeSettings(commandLine: serve.commandLine, environment: none, file: named).sources.count == 2)
  }
}

import Fleet
import HTTP
import Testing

@testable import rollcall

@Suite("Limits of clients in the settings")
struct LimitSettingTests {
  @Test(arguments: [
    ("streams=100", Limit.streams, 100), ("message-bytes=16MiB", .messageBytes, 16 << 20),
    ("header-bytes=16384", .headerBytes, 16_384), ("idle-time=10s", .idleTime, 10_000),
    ("head-time=1.5s", .headTime, 1_500), ("max-age=0", .maxAge, 0), ("max-age=2h", .maxAge, 7_200_000),
    ("ping-rate=5", .pingRate, 5), ("ping-rate=5/s", .pingRate, 5), ("ping-rate=0", .pingRate, 0),
    ("body-rate=1KiB/s", .bodyRate, 1_024), ("body-rate=0", .bodyRate, 0),
    ("reserved-connections=0", .reservedConnections, 0), ("waiting-tasks=0", .waitingTasks, 0),
  ])
  func `a value has the form of its unit`(text: String, limit: Limit, value: Int) throws {
    let setting = try LimitSetting(argument: text)
    #expect(setting.limit == limit && setting.value == value)
  }

  @Test(arguments: [
    "streams", "streams=", "streams=0", "streams=-1", "streams=1.5", "streams=many", "streams=99999999999999999999",
    "streams=10000001", "message-bytes=0", "message-bytes=1", "message-bytes=2TiB", "message-bytes=16mib",
    "message-bytes=9999GiB", "idle-time=0", "idle-time=10", "idle-time=-1s", "ping-rate=1.5", "ping-rate=-1",
    "ping-rate=5/m", "body-rate=-1KiB", "connections=0", "keepalive-time=0", "=5", "",
  ])
  func `a value that the limit cannot have is refused`(text: String) {
    let error = #expect(throws: CommandError.self) { try LimitSetting(argument: text) }
    #expect(error?.description.contains("write") == true || error?.description.contains("no limit") == true)
  }

  @Test(arguments: [
    ("stream=1", "streams"), ("watch-per-peer=1", "watches-per-peer"), ("per-peer=1", "connections-per-peer"),
    ("max_age=1s", "max-age"), ("Idle-Time=1s", "idle-time"), ("header=1", "header-bytes"),
  ])
  func `an unknown name is answered by the names that are close`(text: String, name: String) {
    let error = #expect(throws: CommandError.self) { try LimitSetting(argument: text) }
    #expect(error?.description.contains("did you mean") == true)
    #expect(error?.description.contains(name) == true)
  }

  @Test func `a name that is close to none is answered by the command that lists them`() {
    let error = #expect(throws: CommandError.self) { try LimitSetting(argument: "colour=red") }
    #expect(error?.description == "there is no limit \"colour\" (`rollcall limits` lists them)")
  }

  @Test(arguments: Limit.allCases)
  func `a default is written as it is read`(limit: Limit) throws {
    let text = limit.text(limit.row.standard)
    #expect(try LimitSetting(name: limit.name, text).value == limit.row.standard)
  }

  @Test func `each limit comes from the highest layer that has it, and the last of one layer counts`() throws {
    func layer(_ limits: String...) throws -> SettingsLayer {
      var layer = SettingsLayer()
      layer.inMemory = true
      layer.limits = try limits.map { try LimitSetting(argument: $0) }
      return layer
    }
    let settings = try ServeSettings(
      commandLine: layer("streams=1", "streams=2"), environment: layer("streams=3", "tasks=4"),
      file: SettingsLayer(
        "limits: {streams: 5, tasks: 6, watches: 7}\ntrusted_proxies: 10.0.0.0/8", file: "c.yaml"))
    #expect(settings.limits[.streams] == 2 && settings.limits[.tasks] == 4 && settings.limits[.watches] == 7)
    #expect(settings.limits[.resets] == Limits()[.resets])
    #expect(settings.trustedProxies.map { $0.contains("10.0.0.1") } == [true])
  }

  @Test func `the highest layer that allows engines' places counts, and every layer denies`() throws {
    func layer(_ text: String) throws -> SettingsLayer { try SettingsLayer("in_memory: true\n\(text)", file: "c.yaml") }
    let high = "allow_engine_addresses: 10.0.0.0/8\ndeny_engine_addresses: 10.1.0.0/16"
    let low = "allow_engine_addresses: 0.0.0.0/0\ndeny_engine_addresses: 10.2.0.0/16\nengine_schemes: [HTTPS]"
    let egress = try ServeSettings(commandLine: layer(high), file: layer(low)).egress
    #expect(egress.allowed == [AddressRange("10.0.0.0/8")] && egress.schemes == ["https"])
    #expect(egress.denied == ["10.1.0.0/16", "10.2.0.0/16"].map { AddressRange($0) })
    #expect(try ServeSettings(commandLine: layer(""), file: nil).egress == EgressPolicy())
  }

  @Test(arguments: [
    ("limits: {streams: 0}", "c.yaml:1: limits: streams: \"0\" is out of range"),
    ("limits:\n  stream: 5", "c.yaml:2: limits: there is no limit \"stream\": did you mean streams"),
    ("limits: [streams]", "c.yaml:1: limits must be a mapping"),
    ("limits: {streams: [1]}", "c.yaml:1: streams must have a value"),
    ("allow_origins: [https://a, http://b/c]", "c.yaml:1: allow_origins: \"http://b/c\" is no origin"),
    ("allow_origins: [https://a, '*']", "c.yaml:1: allow_origins: * stands for every origin"),
    ("proxy_protocol: [10.0.0.0/8, here]", "c.yaml:1: proxy_protocol: \"here\" is no range"),
    ("trusted_proxies: [10.0.0.0/8, here]", "c.yaml:1: trusted_proxies: \"here\" is no range"),
  ])
  func `a mistake in the file is reported with its line`(text: String, message: String) {
    let error = #expect(throws: CommandError.self) { try SettingsLayer(text, file: "c.yaml") }
    #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    (90, 29, 29), (48, 8, 8), (1_024, 736, 32), (4_096, 3_040, 32), (20_000, 10_000, 32), (Int.max, 10_000, 32),
  ])
  func `connections leave files for probes and operators`(openFiles: Int, connections: Int, reserved: Int) throws {
    let budget = try ConnectionBudget(Limits(), openFiles: openFiles)
    #expect(budget.limits[.connections] == connections)
    #expect(budget.limits[.reservedConnections] == reserved)
    #expect(budget.isLowered == (connections < 10_000))
    #expect(connections + reserved + 32 <= openFiles)
  }

  @Test(arguments: [
    (90, 38, 8), (90, 24, 8), (1_024, 38, 218), (1_024, 300, 8), (4_096, 38, 986), (Int.max, 38, 986),
  ])
  func `probes at once fit beside the connections of clients and the files of the server`(
    openFiles: Int, ownFiles: Int, probes: Int
  ) throws {
    let budget = try ConnectionBudget(Limits(), openFiles: openFiles, ownFiles: ownFiles)
    #expect(budget.probes == probes)
    let clients = budget.limits[.connections] + budget.limits[.reservedConnections]
    #expect(clients + probes + ownFiles <= openFiles)
  }

  @Test func `a limit below what fits stays as it is`() throws {
    var limits = Limits()
    limits[.connections] = 5
    limits[.reservedConnections] = 0
    let budget = try ConnectionBudget(limits, openFiles: 90)
    #expect(budget.limits == limits && !budget.isLowered)
  }

  @Test(arguments: [0, 1, 32, 46])
  func `a server that could hardly serve does not start`(openFiles: Int) {
    let error = #expect(throws: CommandError.self) { try ConnectionBudget(Limits(), openFiles: openFiles) }
    #expect(error?.description.contains("ulimit -n") == true)
  }

  @Test func `the command lists every limit`() {
    let lines = LimitsCommand.table.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.dropFirst().map { String($0[0]) } == Limit.allCases.map(\.name))
    #expect(lines.dropFirst().map { String($0[1]) } == Limit.allCases.map { $0.text($0.row.standard) })
  }
}

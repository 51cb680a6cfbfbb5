import Catalog
import FoundationEssentials
import HTTP
import NIOCore
import NIOPosix
import TestKit
import Testing

@testable import DNS
@testable import Fleet
@testable import Probing
@testable import TLS

/// The resolver with a name server, and engines that are probed by name.
@Suite("Names of engines")
struct NameResolverTests {
  static let ok = RawServer.Script.answer("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

  /// Names that one name server resolves, or several.
  static func resolver(_ servers: String) -> NameResolver {
    var settings = LookupPoller.Settings()
    settings.channel.servers = servers
    settings.channel.configuration = "/nonexistent"
    settings.hosts = "/nonexistent"
    return NameResolver(NameLimits(), settings)
  }

  /// The answer for a name, however long it takes.
  static func answer(_ name: String, _ names: NameResolver) async -> NameAnswer {
    await withCheckedContinuation { continuation in
      let reply = names.ask(name, within: .seconds(60)) { continuation.resume(returning: $0) }
      if case .known(let answer) = reply { continuation.resume(returning: answer) }
    }
  }

  /// The result of one request to an engine by name.
  static func ask(
    _ url: String, _ names: NameResolver, timeout: Duration = .seconds(30), trust: TLSTrust = TLSTrust()
  ) async throws -> ExchangeResult {
    let request = ProbeRequest(spec: try EngineSpec(url: url), timeout: timeout)
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let probe = LoopProbe(request, key: nil, Dialer(trust: trust, names: names), on: loop)
    defer { probe.cancel() }
    return await probe.send(EngineRequest("/health"))
  }

  @Test func `a name has its addresses of both families`() async throws {
    let server = try await FakeNameServer.start(["a.test": .addresses(["10.0.0.1", "::1", "10.0.0.2"], lifetime: 60)])
    let names = Self.resolver(server.address)
    #expect(await Self.answer("a.test", names) == .addresses(["0:0:0:0:0:0:0:1", "10.0.0.1", "10.0.0.2"]))
    #expect(Set(server.questions.map(\.type)) == [1, 28])
    // Kept.
    _ = await Self.answer("a.test", names)
    #expect(server.questions.count == 2)
    names.shutdown()
    try await server.stop()
  }

  @Test func `what the name server answers decides`() async throws {
    let server = try await FakeNameServer.start([
      "gone.test": .unknown, "empty.test": .addresses([], lifetime: 60), "broken.test": .broken,
      "half.test": .halfBroken(["10.0.0.1"]), "late.test": .late(after: .milliseconds(700), ["10.0.0.2"]),
    ])
    let names = Self.resolver(server.address)
    #expect(await Self.answer("gone.test", names) == .failure(.notFound))
    #expect(await Self.answer("empty.test", names) == .failure(.notFound))
    #expect(await Self.answer("broken.test", names) == .failure(.noAnswer))
    #expect(await Self.answer("half.test", names) == .addresses(["10.0.0.1"]))
    #expect(await Self.answer("late.test", names) == .addresses(["10.0.0.2"]))
    #expect(await Self.answer("\(String(repeating: "a", count: 64)).test", names) == .failure(.notFound))
    names.shutdown()
    try await server.stop()
  }

  @Test func `addresses of one family do not wait long for those of the other`() async throws {
    let server = try await FakeNameServer.start([
      "never.test": .staggered(["10.0.0.1", "::1"], after: nil),
      "later.test": .staggered(["10.0.0.1", "::1"], after: .milliseconds(1_200)),
    ])
    let names = Self.resolver(server.address)
    let began = ContinuousClock.now
    #expect(await Self.answer("never.test", names) == .addresses(["10.0.0.1"]))
    #expect(ContinuousClock.now - began < .seconds(4))
    #expect(await Self.answer("later.test", names) == .addresses(["10.0.0.1"]))
    let both = NameAnswer.addresses(["0:0:0:0:0:0:0:1", "10.0.0.1"])
    var hasCome = false
    for _ in 0..<100 where !hasCome {
      hasCome = await Self.answer("later.test", names) == both
      try await Task.sleep(for: .milliseconds(50))
    }
    #expect(hasCome)
    names.shutdown()
    try await server.stop()
  }

  @Test func `a time to live of zero is a second`() async throws {
    let server = try await FakeNameServer.start(["a.test": .addresses(["10.0.0.1"], lifetime: 0)])
    let names = Self.resolver(server.address)
    for _ in 0..<100 { _ = await Self.answer("a.test", names) }
    #expect(server.questions.count == 2)
    server.set("a.test", .addresses(["10.0.0.2"], lifetime: 0))
    try await Task.sleep(for: .milliseconds(1_100))
    #expect(await Self.answer("a.test", names) == .addresses(["10.0.0.2"]))
    names.shutdown()
    try await server.stop()
  }

  @Test func `a silent name server ends nothing that was known`() async throws {
    let server = try await FakeNameServer.start(["a.test": .addresses(["10.0.0.1"], lifetime: 0)])
    let names = Self.resolver(server.address)
    let known = await Self.answer("a.test", names)
    server.set("a.test", .silence)
    try await Task.sleep(for: .milliseconds(1_100))
    let began = ContinuousClock.now
    #expect(await Self.answer("a.test", names) == known)
    #expect(ContinuousClock.now - began < .seconds(4))
    names.shutdown()
    try await server.stop()
  }

  @Test func `a second name server answers for a silent one`() async throws {
    let silent = try await FakeNameServer.start(["a.test": .silence])
    let server = try await FakeNameServer.start(["a.test": .addresses(["10.0.0.1"], lifetime: 60)])
    let names = Self.resolver("\(silent.address),\(server.address)")
    #expect(await Self.answer("a.test", names) == .addresses(["10.0.0.1"]))
    names.shutdown()
    try await silent.stop()
    try await server.stop()
  }

  @Test func `a thousand hanging names do not delay one that answers`() async throws {
    var scripts = Dictionary(uniqueKeysWithValues: (0..<1_000).map { ("bad\($0).test", FakeNameServer.Script.silence) })
    scripts["good.test"] = .addresses(["10.0.0.1"], lifetime: 0)
    let server = try await FakeNameServer.start(scripts)
    let names = Self.resolver(server.address)
    _ = await Self.answer("good.test", names)
    for number in 0..<1_000 { _ = names.ask("bad\(number).test", within: .seconds(60)) { _ in } }
    var slowest = Duration.zero
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(1_100))
      let began = ContinuousClock.now
      #expect(await Self.answer("good.test", names) == .addresses(["10.0.0.1"]))
      slowest = max(slowest, ContinuousClock.now - began)
    }
    #expect(slowest < .seconds(2))
    names.shutdown()
    try await server.stop()
  }

  @Test func `an engine whose name hangs is told from one that is silent`() async throws {
    let server = try await FakeNameServer.start(["a.test": .silence])
    let names = Self.resolver(server.address)
    let result = try await Self.ask("http://a.test:1", names, timeout: .milliseconds(200))
    #expect(result == .failure(.nameServerSilent))
    #expect(
      ProbeFailure.nameServerSilent.outcome(of: "GET http://a.test:1/v1/models")
        == .down(
          "GET http://a.test:1/v1/models: the host name is not resolved: the name server does not answer",
          cause: .nameNotFound))
    names.shutdown()
    try await server.stop()
  }

  @Test func `an engine is reached when one of its addresses is dead`() async throws {
    let engine = try await RawServer.start(["/health": Self.ok])
    let port = try #require(engine.url.split(separator: ":").last)
    let server = try await FakeNameServer.start([
      // 192.0.2.0/24 is for documentation: packets to it get lost, or are refused.
      "refused.test": .addresses(["127.0.0.2", "::1", "127.0.0.1"], lifetime: 60),
      "lost.test": .addresses(["192.0.2.1", "127.0.0.1"], lifetime: 60),
      "dead.test": .addresses(["127.0.0.2", "127.0.0.3"], lifetime: 60),
    ])
    let names = Self.resolver(server.address)
    #expect(try await Self.ask("http://refused.test:\(port)", names) == .response(EngineResponse(status: 200)))
    #expect(try await Self.ask("http://lost.test:\(port)", names) == .response(EngineResponse(status: 200)))
    #expect(try await Self.ask("http://dead.test:\(port)", names) == .failure(.connectionRefused))
    names.shutdown()
    try await server.stop()
    try await engine.stop()
  }

  /// Calls `body` with the path of a file of hosts that has this text, and removes the file.
  static func withHosts(_ text: String, _ body: (String) async throws -> Void) async throws {
    let name = "names-\(UInt64.random(in: 0...UInt64.max))"
    let path = FileManager.default.temporaryDirectory.appending(path: name).path(percentEncoded: false)
    try Data(text.utf8).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(path)
  }

  /// Names of a file of hosts; no name server answers.
  static func resolver(hosts: String) -> NameResolver {
    var settings = LookupPoller.Settings()
    settings.channel.servers = "127.0.0.1:1"
    settings.hosts = hosts
    return NameResolver(NameLimits(), settings)
  }

  @Test func `the certificate of an engine must bear the name`() async throws {
    // The certificate has no such address.
    let habits = RawServer.Habits(tls: try TestCertificate.server(), host: "127.0.0.2")
    let engine = try await RawServer.start(["/health": Self.ok], habits)
    let port = try #require(engine.url.split(separator: ":").last)
    let trust = TLSTrust(try TestCertificate.trust())
    try await Self.withHosts("127.0.0.2 localhost other.test\n") { path in
      let names = Self.resolver(hosts: path)
      let good = try await Self.ask("https://localhost:\(port)", names, trust: trust)
      #expect(good == .response(EngineResponse(status: 200)))
      #expect(
        try await Self.ask("https://other.test:\(port)", names, trust: trust)
          == .failure(.certificate(.wrongName("other.test"))))
      names.shutdown()
    }
    try await engine.stop()
  }

  @Test func `names of the hosts file need no name server, and its changes count`() async throws {
    try await Self.withHosts("10.0.0.1 a.test\n") { path in
      let names = Self.resolver(hosts: path)
      #expect(await Self.answer("a.test", names) == .addresses(["10.0.0.1"]))
      try Data("10.0.0.2 a.test\n".utf8).write(to: URL(filePath: path))
      try await Task.sleep(for: .milliseconds(1_100))
      #expect(await Self.answer("a.test", names) == .addresses(["10.0.0.2"]))
      names.shutdown()
    }
  }

  @Test func `a resolver is shut down while lookups run`() async throws {
    let server = try await FakeNameServer.start(
      Dictionary(uniqueKeysWithValues: (0..<100).map { ("bad\($0).test", .silence) }))
    let names = Self.resolver(server.address)
    for number in 0..<100 { _ = names.ask("bad\(number).test", within: .seconds(60)) { _ in } }
    while server.questions.count < 20 { try await Task.sleep(for: .milliseconds(1)) }
    names.shutdown()
    // The lookups end with the resolver: no query is repeated.
    var asked = 0
    // Those that are on their way arrive.
    repeat {
      asked = server.questions.count
      try await Task.sleep(for: .milliseconds(500))
    } while server.questions.count != asked
    try await Task.sleep(for: .seconds(2))
    #expect(server.questions.count == asked)
    try await server.stop()
  }

  @Test func `a resolver that is shut down answers nothing`() async throws {
    let names = Self.resolver("127.0.0.1:1")
    names.shutdown()
    #expect(await Self.answer("a.test", names) == .failure(.noAnswer))
  }
}

import Synchronization
import TestKit
import Testing

@testable import Fleet
@testable import Sources

@Suite("Engines behind a DNS name")
struct DNSSourceTests {
  @Test(arguments: [
    ("vllm.svc:8000", DNSSettings.Query.addresses(name: "vllm.svc", port: 8000), "", "dns/vllm.svc:8000"),
    ("http://a:1/base,kind=vllm", .addresses(name: "a", port: 1), "/base", "dns/a:1"),
    ("srv:_http._tcp.a,namespace=x", .services(name: "_http._tcp.a"), "", "dns/srv:_http._tcp.a"),
  ])
  func `an argument is a DNS source`(text: String, query: DNSSettings.Query, path: String, name: String) throws {
    let settings = try DNSSettings(argument: text)
    #expect(settings.query == query && settings.path == path && settings.id.description == name)
  }

  @Test(arguments: [
    "", "a", "a:", "a:0", "a:65536", ":80", "a b:80", "https://a:80", "srv:", "srv:a b", "a:1,id=x", "a:1,kind=x",
    "a:1,namespace=", "[::1]:80", "a:1,nonsense=1",
  ])
  func `a malformed argument is refused`(text: String) {
    #expect(throws: EngineSpecError.self) { try DNSSettings(argument: text) }
  }

  /// What a source says in turn, when names are answered so.
  func told(
    _ argument: String, addresses: [[String: Resolved<String>]], services: Resolved<ServiceRecord> = .none
  ) async throws -> [String] {
    let ear = NotedEar()
    let turn = Mutex(0)
    let resolver = WrittenResolver(services: services) { name in
      addresses[turn.withLock { $0 }][name] ?? .none
    }
    let source = DNSSource(try DNSSettings(argument: argument), interval: .seconds(10), resolver: resolver) { _ in
      let next = turn.withLock { turn in
        turn += 1
        return turn
      }
      if next == addresses.count { throw CancellationError() }
    }
    await source.run(ear)
    return ear.lines
  }

  @Test func `every address is an engine, and a failed lookup is no answer`() async throws {
    let lines = try await told(
      "a:80,namespace=n",
      addresses: [
        ["a": .records(["10.0.0.1", "fd00::1"])], ["a": .failed("try again")], ["a": .none],
        ["a": .records(["10.0.0.1"])],
      ])
    #expect(
      lines == [
        "dns/a:80: n/10.0.0.1:80=http://10.0.0.1 n/[fd00::1]:80=http://[fd00::1]", "dns/a:80 silent: a: try again",
        "dns/a:80: ", "dns/a:80: n/10.0.0.1:80=http://10.0.0.1",
      ])
  }

  @Test func `a service record is a host with its port`() async throws {
    let services = [("b", 1), ("b", 2), ("gone", 3)].map { ServiceRecord(host: $0.0, port: $0.1) }
    let lines = try await told(
      "srv:s", addresses: [["b": .records(["10.0.0.1"])], ["b": .failed("try again")]], services: .records(services))
    #expect(
      lines == [
        "dns/srv:s: 10.0.0.1:1=http://10.0.0.1:1 10.0.0.1:2=http://10.0.0.1:2", "dns/srv:s silent: b: try again",
      ])
  }

  @Test func `the system's resolver finds localhost`() async {
    guard case .records(let addresses) = await SystemResolver().addresses(of: "localhost") else {
      Issue.record("localhost has no address")
      return
    }
    #expect(addresses.contains("127.0.0.1") || addresses.contains("::1"))
    #expect(await SystemResolver().addresses(of: "no-such-name.invalid") != .records([]))
  }
}

private struct WrittenResolver: Resolver {
  var services: Resolved<ServiceRecord>
  var answer: @Sendable (String) -> Resolved<String>

  func addresses(of name: String) async -> Resolved<String> { answer(name) }
  func services(of name: String) async -> Resolved<ServiceRecord> { services }
}

/// Whatever a source says, as lines.
final class NotedEar: SourceDelegate {
  private let noted = Mutex<[String]>([])

  var lines: [String] { noted.withLock { $0 } }

  func denied(source: SourceID, _ engines: [OmittedEngine]) {}

  func received(_ answer: SourceAnswer) -> [OmittedEngine] {
    let engines = answer.engines.map { "\($0.id)=\($0.url)" }.joined(separator: " ")
    noted.withLock { $0.append("\(answer.source): \(engines)") }
    return []
  }

  func failed(source: SourceID, reason: String) {
    noted.withLock { $0.append("\(source) silent: \(reason)") }
  }
}

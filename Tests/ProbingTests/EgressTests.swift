import HTTP
import NIOCore
import NIOPosix
import Testing

@testable import DNS
@testable import Fleet
@testable import Probing

/// The addresses that a probe dials, against the places at which engines may be.
@Suite("Engines at places that are not allowed")
struct EgressTests {
  private static let forbidden = "not connected: 127.0.0.1 is not among --allow-engine-address"

  private static func policy(_ allowed: String..., schemes: Set<String> = ["http", "https"]) -> EgressPolicy {
    var policy = EgressPolicy()
    policy.allowed = allowed.compactMap { AddressRange($0) }
    policy.schemes = schemes
    return policy
  }

  private func ask(
    _ url: String, _ egress: EgressPolicy, names: NameResolver = ExchangeTests.names
  ) async throws -> ExchangeResult {
    let request = ProbeRequest(spec: try EngineSpec(url: url), timeout: .seconds(30))
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let probe = LoopProbe(request, key: nil, Dialer(names: names, egress: egress), on: loop)
    defer { probe.cancel() }
    return await probe.send(EngineRequest("/health"))
  }

  @Test func `an address that is not allowed is not dialled, and the engine is down for certain`() async throws {
    let server = try await RawServer.start(["*": ExchangeTests.empty])
    for url in [server.url, server.url.replacing("127.0.0.1", with: "[::ffff:127.0.0.1]")] {
      guard case .failure(.notAllowed(let problem)) = try await ask(url, Self.policy("10.0.0.0/8")) else {
        Issue.record("it was asked")
        continue
      }
      #expect(problem.hasSuffix("127.0.0.1 is not among --allow-engine-address"))
    }
    let prober = HTTPProber(egress: Self.policy("10.0.0.0/8"))
    let outcome = await prober.probe(ProbeRequest(spec: try EngineSpec(url: server.url), timeout: .seconds(30)))
    #expect(outcome == .down("GET \(server.url)/v1/models: \(Self.forbidden)", isCertain: true))
    #expect(server.connections == 0)
    let answer = try await ask(server.url, Self.policy("127.0.0.0/8"))
    #expect(RedirectTests.text(answer) == "200 " && server.connections == 1)
    await prober.shutdown()
    try await server.stop()
  }

  @Test func `a name is dialled at its allowed addresses alone, whatever it resolved to before`() async throws {
    let server = try await RawServer.start(["*": ExchangeTests.empty])
    let place = server.url.replacing("127.0.0.1", with: "a.test")
    let domain = try await FakeNameServer.start(["a.test": .addresses(["127.0.0.1", "10.0.0.1"], lifetime: 1)])
    func ask(_ egress: EgressPolicy) async throws -> String {
      let names = NameResolverTests.resolver(domain.address)
      defer { names.shutdown() }
      return RedirectTests.text(try await self.ask(place, egress, names: names))
    }
    #expect(try await ask(Self.policy("127.0.0.0/8")) == "200 ")
    // The name moves to an address that is not allowed.
    domain.set("a.test", .addresses(["169.254.169.254"], lifetime: 1))
    #expect(try await ask(EgressPolicy()).hasPrefix("not connected: 169.254.169.254 belongs to the metadata services"))
    domain.set("a.test", .addresses(["127.0.0.1", "::ffff:127.0.0.1"], lifetime: 1))
    let moved = try await ask(Self.policy("10.0.0.0/8"))
    #expect(moved.hasPrefix("not connected: ") && moved.hasSuffix("127.0.0.1 is not among --allow-engine-address"))
    #expect(server.connections == 1)
    try await domain.stop()
    try await server.stop()
  }

  @Test func `a scheme that is not allowed is not dialled, also after a redirect`() async throws {
    let secure = "https://127.0.0.1:1/health"
    let server = try await RawServer.start(["/health": RedirectTests.redirect(302, secure)])
    let result = try await ask(server.url, Self.policy(schemes: ["http"]))
    #expect(result == .failure(.notAllowed("https is not among --engine-scheme")))
    #expect(
      try await ask(server.url, Self.policy(schemes: ["https"]))
        == .failure(.notAllowed("http is not among --engine-scheme")))
    #expect(server.connections == 1)
    try await server.stop()
  }
}

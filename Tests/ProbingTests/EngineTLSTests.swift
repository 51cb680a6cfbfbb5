import Catalog
import FoundationEssentials
import HTTP
import NIOSSL
import TestKit
import Testing

@testable import Fleet
@testable import Probing
@testable import TLS

/// How the certificates of engines are checked.
@Suite("TLS of engines")
struct EngineTLSTests {
  static let files = [
    "ca.pem": TestAuthority.authority, "another.pem": TestCertificate.text, "client.pem": TestAuthority.client,
    "client.key": TestAuthority.key, "both.pem": TestAuthority.client + "\n" + TestAuthority.key, "empty.pem": "",
  ]
  static let ok = ExchangeResult.response(EngineResponse(status: 200))

  static func failed(_ fault: CertificateFault) -> ExchangeResult { .failure(.certificate(fault)) }

  /// What one exchange gives with a server that shows a certificate, asked with options in which `DIR` stands for the
  /// files' directory.
  static func ask(
    _ certificate: String, _ options: String, asksClient: Bool = false, host: String = "127.0.0.1"
  ) async throws -> (ExchangeResult, requests: Int) {
    let habits = RawServer.Habits(tls: try TestAuthority.context(certificate, asksClient: asksClient))
    let server = try await RawServer.start(["/a": ExchangeTests.empty], habits)
    let url = server.url.replacing("127.0.0.1", with: host)
    let result = try await withFiles(files) { directory in
      try await EngineProbe(url + options.replacing("DIR", with: directory)).ask(EngineRequest("/a"))[0]
    }
    try await server.stop()
    return (result, server.requests.count)
  }

  @Test(arguments: [
    (TestAuthority.server, ",ca-file=DIR/ca.pem", ok),
    (TestAuthority.server, "", failed(.unknownAuthority)),
    (TestAuthority.server, ",ca-file=DIR/another.pem", failed(.unknownAuthority)),
    (TestAuthority.expired, ",ca-file=DIR/ca.pem", failed(.expired)),
    (TestAuthority.future, ",ca-file=DIR/ca.pem", failed(.notYetValid)),
    (TestAuthority.other, ",ca-file=DIR/ca.pem", failed(.wrongName("127.0.0.1"))),
    (TestAuthority.other, ",ca-file=DIR/ca.pem,server-name=other.test", ok),
    (TestAuthority.server, ",ca-file=DIR/ca.pem,server-name=a.engines.test", ok),
    (TestAuthority.server, ",ca-file=DIR/ca.pem,server-name=127.0.0.1", ok),
    // The address of the connection is in the certificate, and does not count.
    (TestAuthority.server, ",ca-file=DIR/ca.pem,server-name=wrong.test", failed(.wrongName("wrong.test"))),
    (TestAuthority.server, ",ca-file=DIR/ca.pem,server-name=127.0.0.2", failed(.wrongName("127.0.0.2"))),
    (TestAuthority.server, ",ca-file=DIR/ca.pem,server-name=a.b.engines.test", failed(.wrongName("a.b.engines.test"))),
    (TestAuthority.expired, ",insecure=true", ok),
    (TestAuthority.other, ",insecure=true", ok),
    (TestAuthority.other, ",insecure=true,server-name=wrong.test", ok),
  ])
  func `a certificate is checked as the engine's description says`(
    certificate: String, options: String, expected: ExchangeResult
  ) async throws {
    let (result, requests) = try await Self.ask(certificate, options)
    #expect(result == expected, "\(options)")
    #expect(requests == (expected == Self.ok ? 1 : 0))
  }

  @Test(arguments: [
    (",ca-file=DIR/ca.pem,cert-file=DIR/client.pem,cert-key-file=DIR/client.key", ok),
    (",ca-file=DIR/ca.pem,cert-file=DIR/both.pem", ok),
    (",insecure=true,cert-file=DIR/both.pem", ok),
    (",ca-file=DIR/ca.pem", failed(.clientRefused)),
  ])
  func `an engine that wants a certificate of its clients gets it`(options: String, expected: ExchangeResult)
    async throws
  {
    let (result, _) = try await Self.ask(TestAuthority.server, options, asksClient: true)
    #expect(result == expected, "\(options)")
  }

  @Test(arguments: [
    (",ca-file=DIR/none.pem", "the ca-file DIR/none.pem cannot be read"),
    (",ca-file=DIR/empty.pem", "the ca-file DIR/empty.pem holds no certificate in PEM"),
    (
      ",insecure=true,cert-file=DIR/client.pem",
      "the cert-file DIR/client.pem holds no key in PEM that has no passphrase"
    ),
    (
      ",insecure=true,cert-file=DIR/client.pem,cert-key-file=DIR/ca.pem",
      "the cert-key-file DIR/ca.pem holds no key in PEM that has no passphrase"
    ),
  ])
  func `a file that cannot be used is named`(options: String, reason: String) async throws {
    let (result, requests) = try await Self.ask(TestAuthority.server, options)
    guard case .failure(.certificate(.file(let text))) = result else {
      Issue.record("\(result)")
      return
    }
    #expect(text.replacing(/\/\S*rollcall-probing-[^\/]*/, with: "DIR") == reason)
    #expect(requests == 0)
  }

  @Test func `an address that does not speak TLS is reported`() async throws {
    let server = try await RawServer.start(["*": ExchangeTests.empty])
    let url = server.url.replacing("http:", with: "https:")
    #expect(try await EngineProbe(url).ask(EngineRequest("/a")) != [Self.ok])
    try await server.stop()
    let fault = ProbeFailure.certificate(.notTLS)
    #expect(fault.text == "no TLS connection: it does not speak TLS")
  }

  @Test func `a file of authorities that is replaced counts from the next connection`() async throws {
    let habits = RawServer.Habits(tls: try TestAuthority.context(TestAuthority.server))
    let server = try await RawServer.start(["/a": ExchangeTests.empty], habits)
    try await withFiles(Self.files) { directory in
      let place = "\(directory)/now.pem"
      let trust = TLSTrust(authorities: SystemAuthorities([:]))
      func result() async throws -> ExchangeResult {
        try await EngineProbe("\(server.url),ca-file=\(place)", trust: trust).ask(EngineRequest("/a"))[0]
      }
      #expect(try await result() == Self.failed(.file("the ca-file \(place) cannot be read")))
      // As secrets are mounted: a link whose target changes.
      try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: "\(directory)/ca.pem")
      #expect(try await result() == Self.ok)
      try FileManager.default.removeItem(atPath: place)
      try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: "\(directory)/another.pem")
      #expect(try await result() == Self.failed(.unknownAuthority))
      try Data(TestAuthority.authority.utf8).write(to: URL(filePath: "\(directory)/another.pem"))
      #expect(try await result() == Self.ok)
      try FileManager.default.removeItem(atPath: place)
      #expect(try await result() == Self.failed(.file("the ca-file \(place) cannot be read")))
    }
    try await server.stop()
  }

  @Test func `a context is shared by the engines that are checked in one way`() async throws {
    let trust = TLSTrust(authorities: SystemAuthorities([:]))
    let insecure = ClientTLS(isInsecure: true)
    let now = ContinuousClock.now
    #expect(try trust.context(for: insecure, now: now) === trust.context(for: insecure, now: now + .seconds(3600)))
    let plain = try trust.context(for: ClientTLS(), now: now)
    #expect(try trust.context(for: ClientTLS(), now: now + .seconds(299)) === plain)
    let later = try trust.context(for: ClientTLS(), now: now + .seconds(300))
    #expect(later !== plain)
    // The name is a matter of each connection.
    #expect(try trust.context(for: ClientTLS(serverName: "a"), now: now) === later)
  }

  @Test(arguments: [
    (["SSL_CERT_FILE": "DIR/ca.pem"], true), (["SSL_CERT_FILE": "DIR/another.pem"], false),
    (["SSL_CERT_DIR": "DIR"], true), (["SSL_CERT_DIR": "/nonexistent:DIR"], true),
    (["SSL_CERT_FILE": "DIR/another.pem", "SSL_CERT_DIR": "DIR"], true), ([:], false),
    (["SSL_CERT_FILE": "DIR/none.pem"], false), (["SSL_CERT_DIR": "/nonexistent"], false),
  ])
  func `the environment's authorities stand for the system's`(variables: [String: String], isTrusted: Bool) async throws
  {
    let habits = RawServer.Habits(tls: try TestAuthority.context(TestAuthority.server))
    let server = try await RawServer.start(["/a": ExchangeTests.empty], habits)
    try await withFiles(Self.files) { directory in
      let authorities = SystemAuthorities(variables.mapValues { $0.replacing("DIR", with: directory) })
      let trust = TLSTrust(authorities: authorities)
      let result = try await EngineProbe(server.url, trust: trust).ask(EngineRequest("/a"))[0]
      #expect((result == Self.ok) == isTrusted, "\(result)")
      // The engine's own file and the choice to check nothing count for more.
      let own = try EngineProbe("\(server.url),ca-file=\(directory)/ca.pem", trust: trust)
      #expect(try await own.ask(EngineRequest("/a")) == [Self.ok])
      let insecure = try EngineProbe("\(server.url),insecure=true", trust: trust)
      #expect(try await insecure.ask(EngineRequest("/a")) == [Self.ok])
    }
    try await server.stop()
  }

  @Test func `an expired certificate is a lost engine after as many probes as any other silence`() {
    #expect(
      ProbeFailure.certificate(.expired).outcome(of: "GET https://h/v1/models")
        == .down(
          "GET https://h/v1/models: no TLS connection: its certificate has expired", isCertain: false, cause: .noTLS))
  }
}

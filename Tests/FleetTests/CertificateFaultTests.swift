import Catalog
import HTTP
import TestKit
import Testing

@testable import Fleet

@Suite("Faults of certificates")
struct CertificateFaultTests {
  private static func outcome(_ fault: CertificateFault) -> ProbeOutcome { ProbeFailure.certificate(fault).outcome }

  @Test func `an engine falls with its certificate as it does with its silence, and the present fault is told`() throws
  {
    var engine = try TrackerHarness()
    engine.probe(.serving("m"))
    engine.probe(Self.outcome(.expired))
    #expect(engine.state == .ready)
    engine.probe(Self.outcome(.expired), after: .seconds(1))
    #expect(engine.state == .unreachable)
    let since = engine.facts?.condition.changedAt
    func ends(with text: String) -> Bool { engine.facts?.condition.reason.hasSuffix(text) == true }
    #expect(ends(with: "no TLS connection: its certificate has expired"))
    engine.probe(Self.outcome(.unknownAuthority))
    #expect(ends(with: "its certificate is of an unknown authority"))
    // Then the process is gone, and of silences the first one stays.
    engine.probe(.refusedConnection)
    engine.probe(.timedOut)
    #expect(ends(with: "connection refused"))
    #expect(engine.facts?.condition.changedAt == since)
    engine.probe(.serving("m"))
    #expect(engine.state == .ready)
  }

  @Test(arguments: [
    (CertificateFault.unknownAuthority, "its certificate is of an unknown authority"),
    (.wrongName("a.test"), "its certificate is not valid for a.test"), (.expired, "its certificate has expired"),
    (.notYetValid, "its certificate is not valid yet"), (.notTLS, "it does not speak TLS"),
    (.clientRefused, "it refuses the client certificate, or wants one"),
    (.file("the ca-file /a cannot be read"), "the ca-file /a cannot be read"),
  ])
  func `each fault has its words after the address that was asked`(fault: CertificateFault, words: String) {
    #expect(
      ProbeFailure.certificate(fault).outcome(of: "GET https://a/b")
        == .down("GET https://a/b: no TLS connection: \(words)", cause: .noTLS))
  }

  @Test func `a redirect elsewhere is told with the status`() {
    var response = EngineResponse(status: 302)
    #expect(response.statusText == "302")
    response.redirect = "https://login.example/in"
    #expect(response.statusText == "302, redirected to https://login.example/in")
    response.status = 401
    #expect(response.statusText == "401 at https://login.example/in, where the key is not sent")
  }
}

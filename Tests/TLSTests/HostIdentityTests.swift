import Testing

@testable import TLS

@Suite("The identity of a host")
struct HostIdentityTests {
  @Test(arguments: [
    ("api.example.com", "api.example.com", true), ("*.example.com", "api.example.com", true),
    ("*.example.com", "api.example.com.", true), ("*.example.com", "a.b.example.com", false),
    ("*.example.com", "example.com", false), ("*.example.com", ".example.com", false),
    ("a*.example.com", "ab.example.com", false),
    ("*", "host", false), ("", "", false), ("api.example.com", "api.example.org", false),
  ])
  func `a name of a certificate covers one name or one label`(pattern: String, name: String, covers: Bool) {
    #expect(HostIdentity.covers(pattern, name) == covers)
  }

  @Test func `only an exact name counts where wildcards do not`() {
    #expect(HostIdentity.covers("a.example.com", "a.example.com", wildcards: false))
    #expect(!HostIdentity.covers("*.example.com", "a.example.com", wildcards: false))
  }

  @Test func `an address is no name to send before the handshake`() {
    #expect(["[::1]", "::1", "127.0.0.1"].allSatisfy { HostIdentity($0).name == nil })
    #expect(HostIdentity("[::1]") == HostIdentity("::1") && HostIdentity("[::1]").shown == "::1")
    #expect(HostIdentity("Rollcall.Test").name == "rollcall.test")
  }
}

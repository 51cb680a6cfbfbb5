import HTTP
import Testing

@testable import Fleet

@Suite("The places at which engines may be")
struct EgressPolicyTests {
  private func policy(allow: [String] = [], deny: [String] = [], schemes: Set<String>? = nil) throws -> EgressPolicy {
    var policy = EgressPolicy()
    policy.allowed = try allow.map { try #require(AddressRange($0)) }
    policy.denied = try deny.map { try #require(AddressRange($0)) }
    if let schemes { policy.schemes = schemes }
    return policy
  }

  @Test(arguments: ["127.0.0.1", "10.0.0.7", "::1", "fd00::7", "2001:db8::1", "169.253.255.255", "fe80::1%2"])
  func `by default an engine may be anywhere`(address: String) throws {
    #expect(EgressPolicy().problem(ofAddress: address) == nil)
  }

  @Test(arguments: [
    "169.254.169.254", "169.254.170.2", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254", "fd20:ce::254",
    "168.63.129.16", "100.100.100.200", "192.0.0.192", "fe80::a9fe:a9fe",
  ])
  func `a metadata service of a cloud is no engine, unless a range of its own allows it`(address: String) throws {
    #expect(
      EgressPolicy().problem(ofAddress: address)?.hasPrefix("\(address) belongs to the metadata services") == true)
    #expect(try policy(allow: ["0.0.0.0/0", "::/0"]).problem(ofAddress: address) != nil)
    #expect(try policy(allow: ["10.0.0.0/8", address]).problem(ofAddress: address) == nil)
    #expect(try policy(allow: [address], deny: [address]).problem(ofAddress: address) != nil)
  }

  @Test(arguments: [
    "64:ff9b::a9fe:a9fe", "64:ff9b::169.254.169.254", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254",
  ])
  func `an address that the network translates counts as both`(address: String) throws {
    #expect(EgressPolicy().problem(ofAddress: address) != nil)
    #expect(try policy(allow: ["::/0"]).problem(ofAddress: address) != nil)
    let denied = try policy(deny: ["10.0.0.0/8"])
    for (translated, isDenied) in [("64:ff9b::a00:1", true), ("2002:a00:1::", true), ("64:ff9b::b00:1", false)] {
      #expect((denied.problem(ofAddress: translated) != nil) == isDenied)
    }
    // An allowed address of IPv4 does not allow its translation.
    #expect(try policy(allow: ["10.0.0.0/8"]).problem(ofAddress: "64:ff9b::a00:1") != nil)
  }

  @Test func `an engine may be at allowed addresses alone, and at no denied address`() throws {
    let policy = try policy(allow: ["10.0.0.0/8", "fd00::/8"], deny: ["10.9.0.0/16"])
    for address in ["10.0.0.1", "::ffff:10.0.0.1", "fd00::1"] { #expect(policy.problem(ofAddress: address) == nil) }
    for address in ["11.0.0.1", "127.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1"] {
      #expect(policy.problem(ofAddress: address) == "\(address) is not among --allow-engine-address")
    }
    for address in ["10.9.0.1", "::ffff:10.9.0.1", "::ffff:a09:1"] {
      #expect(policy.problem(ofAddress: address) == "\(address) is among --deny-engine-address")
    }
    #expect(policy.problem(ofAddress: "name") == "name is no address")
  }

  @Test(arguments: ["0.0.0.0", "::", "::ffff:0.0.0.0", "0:0:0:0:0:0:0:0"])
  func `the unspecified address stands for this machine`(address: String) throws {
    let denied = try policy(deny: ["127.0.0.0/8", "::1"])
    #expect(denied.problem(ofAddress: address) == "\(address) is among --deny-engine-address")
    #expect(try policy(allow: ["0.0.0.0", "::"]).problem(ofAddress: address) != nil)
    #expect(try policy(allow: ["127.0.0.1", "::1"]).problem(ofAddress: address) == nil)
  }

  @Test(
    arguments: [
      ("http://10.0.0.7:8000", nil), ("http://gpu-7:8000", nil),
      ("https://gpu-7", "https is not among --engine-scheme"),
      ("http://[fd00::1]:80/x", "fd00::1 is not among --allow-engine-address"),
      ("http://127.0.0.1", "127.0.0.1 is not among --allow-engine-address"),
      ("http://[::ffff:127.0.0.1]", "::ffff:127.0.0.1 is not among --allow-engine-address"),
      // The resolver reads these, and the dial checks what it finds.
      ("http://127.1", nil), ("http://2130706433", nil),
    ] as [(String, String?)])
  func `a URL is refused at once where its text shows the problem`(url: String, problem: String?) throws {
    let policy = try policy(allow: ["10.0.0.0/8"], schemes: ["http"])
    #expect(policy.problem(of: try EngineURL(url)) == problem)
  }
}

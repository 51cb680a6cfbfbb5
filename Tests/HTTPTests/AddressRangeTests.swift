import HTTP
import Testing

@Suite struct AddressRangeTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.1.2.3/8", "10.9.9.9", true),
    ("192.168.1.7", "192.168.1.7", true), ("192.168.1.7", "192.168.1.8", false), ("0.0.0.0/0", "203.0.113.9", true),
    ("0.0.0.0/0", "::1", false), ("172.16.0.0/12", "172.31.255.255", true), ("172.16.0.0/12", "172.32.0.0", false),
    ("10.0.0.0/31", "10.0.0.1", true), ("10.0.0.0/31", "10.0.0.2", false),
    ("::1", "::1", true), ("::1/128", "0:0:0:0:0:0:0:1", true), ("fd00::/8", "fdff:1::2", true),
    ("fd00::/8", "fe80::1", false), ("fe80::/10", "fe80::1%eth0", true), ("2001:db8::/32", "2001:db8:1::", true),
    ("2001:db8::/32", "2001:db9::", false), ("2001:db8::/33", "2001:db8:8000::", false),
    ("::/0", "2001:db8::1", true), ("10.0.0.0/8", "::ffff:10.0.0.1", true), ("::ffff:10.0.0.0/104", "10.1.2.3", true),
    ("::ffff:a00:0/104", "::ffff:11.0.0.1", false), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8", true),
    ("1::8", "1:0:0:0:0:0:0:8", true), ("10.0.0.0/8", "localhost", false), ("::/0", "", false),
  ])
  func `a range has the addresses that share its bits`(range: String, address: String, isIn: Bool) throws {
    #expect(try #require(AddressRange(range)).contains(address) == isIn)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.0.0.0/8", true), ("10.1.0.0/16", "10.0.0.0/8", true), ("10.0.0.0/8", "10.1.0.0/16", false),
    ("11.0.0.1", "10.0.0.0/8", false), ("10.0.0.1", "::/0", true), ("::/0", "0.0.0.0/0", false),
    ("::ffff:10.0.0.1", "10.0.0.0/8", true), ("fd00::1", "fd00::/8", true),
  ])
  func `a range is within another that has all its addresses`(inner: String, outer: String, isWithin: Bool) throws {
    #expect(try #require(AddressRange(inner)).isWithin(try #require(AddressRange(outer))) == isWithin)
  }

  @Test(
    arguments: [
      ("64:ff9b::c000:207", "192.0.2.7"), ("64:ff9b:1::c000:207", "192.0.2.7"), ("2002:c000:207::1", "192.0.2.7"),
      ("::192.0.2.7", "192.0.2.7"), ("::1", nil), ("::", nil), ("::ffff:192.0.2.7", nil), ("192.0.2.7", nil),
      ("2001:db8::1", nil), ("64:ff9b:2::1", nil), ("64:ff9b::/96", nil),
    ] as [(String, String?)])
  func `an address of IPv6 may stand for one of IPv4`(text: String, translated: String?) throws {
    #expect(try #require(AddressRange(text)).translated == translated.flatMap { AddressRange($0) })
  }

  @Test(arguments: [
    "", "/", "10.0.0.0/", "/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0/8",
    "10.0.0.0.0", "256.0.0.1", "010.0.0.1", "10.0.0.a", "::/129", ":::", "::1::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8", "12345::", "g::", "+1::", "::-0", "-0::", "fe80::1%eth0/64", "10.0.0.1::", "::10.0.0",
    "localhost", "*",
  ])
  func `a text that is no range is refused`(text: String) {
    #expect(AddressRange(text) == nil)
  }
}

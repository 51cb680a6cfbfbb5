import Testing

@testable import rollcall

@Suite("Durations and addresses on the command line")
struct ParseTests {
  @Test(arguments: [
    ("500ms", Duration.milliseconds(500)), ("5s", .seconds(5)), ("1.5s", .milliseconds(1500)), ("15m", .seconds(900)),
    ("1h", .seconds(3600)), ("7d", .seconds(604_800)), ("1ms", .milliseconds(1)),
  ])
  func `a duration is a number and a unit`(text: String, duration: Duration) throws {
    #expect(try parseDuration(text) == duration)
  }

  @Test(arguments: ["", "5", "s", "5 s", "-5s", "0s", "5x", "1e3s", "1.2.3s", "5S", "99999999d", "0.1ms", "٥s"])
  func `a malformed duration is refused with an example`(text: String) {
    let error = #expect(throws: CommandError.self) { try parseDuration(text) }
    #expect(error?.description.contains("write a") == true)
  }

  @Test(arguments: ["250ms", "5s", "90s", "15m", "1h", "36h", "2d"])
  func `a duration is written as it is parsed`(text: String) throws {
    #expect(Formatted.duration(try parseDuration(text)) == text)
  }

  @Test(arguments: [("64KiB", 65_536), ("64MiB", 67_108_864), ("1.5GiB", 1_610_612_736), ("1024GiB", 1 << 40)])
  func `a size is a number and a unit`(text: String, bytes: Int) throws {
    #expect(try parseSize(text) == bytes)
  }

  @Test(arguments: ["", "64", "64MB", "64mib", "-1MiB", "0MiB", "1KiB", "1025GiB", "1e3MiB", "64 MiB"])
  func `a malformed size is refused with an example`(text: String) {
    let error = #expect(throws: CommandError.self) { try parseSize(text) }
    #expect(error?.description.contains("MiB") == true || error?.description.contains("KiB") == true)
  }

  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080), ("[::1]:0", "::1", 0), ("rollcall.internal:443", "rollcall.internal", 443),
    ("http://localhost:8080/", "localhost", 8080),
  ])
  func `an address is a host and a port`(text: String, host: String, port: Int) throws {
    #expect(try HostPort(text) == HostPort(host: host, port: port))
  }

  @Test(arguments: [
    "", "8080", ":8080", "host", "host:", "host:x", "host:65536", "::1:80", "[host]:80", "a b:1", "h/x:1",
  ])
  func `a malformed address is refused`(text: String) {
    #expect(throws: CommandError.self) { try HostPort(text) }
  }

  @Test func `an address is written as it is parsed`() throws {
    #expect(try HostPort("[::1]:80").description == "[::1]:80")
    #expect(try HostPort("localhost:80").description == "localhost:80")
  }
}

import Testing

@testable import HTTP

@Suite struct ContentCodingTests {
  @Test(arguments: [
    "gzip", "GZip", "x-gzip", "gzip, deflate", "gzip, deflate, br, zstd", "deflate;q=1.0, gzip;q=0.1", " gzip ; q=1 ",
    "gzip;q=0.001", "*", "*;q=0.5", "br, *", "identity;q=0, gzip", "identity;q=0.5, gzip;q=0.5",
    "identity;q=0.4,gzip;Q=0.5", "gzip;q=0, x-gzip", "identity, gzip", ",,gzip,", "\tgzip\t;\tq=0.5\t", "gzip;q=1.000",
    "identity;q=0, *",
  ])
  func `a client that accepts gzip gets gzip`(text: String) {
    #expect(ContentCoding(acceptEncoding: text) == .gzip)
  }

  @Test(arguments: [
    "", " ", ",", "identity", "br", "deflate, br", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "*;q=0", "*, gzip;q=0",
    "gzip;q=0.4, identity;q=0.5", "gzipped", "gzi", "identity;q=0", "*;q=0, identity", "gzip;q=", "gzip;q=2",
    "gzip;q=1.5", "gzip;q=0.1234", "gzip;q=x", "gzip;q=-1", "gzip;w=1", "gzip;", "gzip;q=1.0.0", "gzip q=1", "g zip",
    "\u{E9}gzip", "gzip;q=.5", "gzip;q=1;q=1",
  ])
  func `a client that does not accept gzip gets identity`(text: String) {
    #expect(ContentCoding(acceptEncoding: text) == .identity)
  }

  @Test func `a client without a preference gets identity`() {
    #expect(ContentCoding(acceptEncoding: nil) == .identity)
  }

  @Test func `a very long Accept-Encoding takes time in proportion to its length`() {
    let clock = ContinuousClock()
    for text in [String(repeating: "gzip;q=0,", count: 20_000), String(repeating: " ", count: 200_000) + "br"] {
      let time = clock.measure { #expect(ContentCoding(acceptEncoding: text) == .identity) }
      #expect(time < .seconds(5))
    }
  }
}

import Testing

@testable import HTTP

@Suite("Reading gzip")
struct GunzipTests {
  static func compressed(_ content: [UInt8]) -> [UInt8] {
    var gzip = Gzip()
    gzip.append(content[...])
    gzip.finish()
    return gzip.bytes
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 300_000])
  func `content comes back as it was`(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    #expect(try Gunzip.content(of: Self.compressed(content), limit: count) == content)
  }

  @Test func `the content of all members comes back`() throws {
    let stream = Self.compressed([1, 2, 3]) + Self.compressed([]) + Self.compressed([4])
    #expect(try Gunzip.content(of: stream, limit: 4) == [1, 2, 3, 4])
    #expect(throws: Gunzip.Failure.malformed) { try Gunzip.content(of: stream + [0], limit: 100) }
  }

  @Test func `content that passes the limit is refused before it takes memory`() {
    let bomb = Self.compressed([UInt8](repeating: 0, count: 50_000_000))
    #expect(bomb.count < 60_000)
    #expect(throws: Gunzip.Failure.tooLarge) { try Gunzip.content(of: bomb, limit: 1_000_000) }
  }

  @Test func `a slice is read alone`() throws {
    let whole = Self.compressed([1, 2, 3])
    let bytes = [9, 9] + whole + [9]
    #expect(try Gunzip.content(of: bytes[2..<2 + whole.count], limit: 3) == [1, 2, 3])
    #expect(throws: Gunzip.Failure.tooLarge) { try Gunzip.content(of: whole[...], limit: 2) }
    #expect(throws: Gunzip.Failure.malformed) { try Gunzip.content(of: whole[..<0], limit: 2) }
  }

  @Test func `a stream of very many empty members takes no memory`() throws {
    let stream = Array(repeatElement(Self.compressed([]), count: 50_000).joined())
    #expect(try Gunzip.content(of: stream, limit: 0) == [])
  }

  @Test func `what is no whole stream is refused`() {
    let whole = Self.compressed(Array("a list of models".utf8))
    for bytes in [[], [0x1f], Array("{}".utf8), Array(whole.dropLast()), Array(whole.prefix(12)), whole.map { ~$0 }] {
      #expect(throws: Gunzip.Failure.malformed) { try Gunzip.content(of: bytes, limit: 1_000) }
    }
  }
}

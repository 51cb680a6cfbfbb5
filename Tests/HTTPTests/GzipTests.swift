import Testing

@testable import HTTP

@Suite struct GzipTests {
  private func compressed(_ content: [UInt8], pieces: Int = 1) -> [UInt8] {
    var gzip = Gzip()
    let size = max(1, (content.count + pieces - 1) / pieces)
    for start in stride(from: 0, to: content.count, by: size) {
      gzip.append(content[start..<min(start + size, content.count)])
    }
    gzip.finish()
    return gzip.bytes
  }

  @Test(arguments: [0, 1, 100, 65_535, 65_536, 65_537, 1_000_000], [1, 3, 1000])
  func `compressed content is restored, in whatever pieces it was appended`(count: Int, pieces: Int) {
    var generator = SystemRandomNumberGenerator()
    let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let random = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    for content in [plain, random] {
      #expect(gunzip(compressed(content, pieces: pieces)) == content)
    }
    #expect(compressed(plain).count < 1000 + count / 20)
  }

  @Test func `equal content compresses to equal bytes, without a time`() {
    let content = Array(repeating: Array(#"{"id":"m"},"#.utf8), count: 5000).flatMap(\.self)
    let first = compressed(content)
    #expect(first == compressed(content))
    // Magic, deflate, no flags, no time.
    #expect(first.prefix(8) == [0x1f, 0x8b, 8, 0, 0, 0, 0, 0])
  }

  @Test func `an empty piece adds nothing`() {
    var gzip = Gzip()
    gzip.append([])
    gzip.append([1, 2, 3])
    gzip.append([][...])
    gzip.finish()
    #expect(gunzip(gzip.bytes) == [1, 2, 3])
  }
}

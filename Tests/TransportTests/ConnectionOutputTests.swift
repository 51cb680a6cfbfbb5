import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite struct ConnectionOutputTests {
  private func output(_ sizes: [Int]) -> ConnectionOutput {
    var output = ConnectionOutput()
    for size in sizes { output.wrote(size, isFull: false, EmbeddedChannel()) }
    return output
  }

  @Test(arguments: [
    (0, 0), (1, 20_000), (20_000, 30_000), (20_001, 85_536), (60_000, 90_000), (85_536, 128_304), (200_000, 300_000),
  ])
  func `a buffer counts whole until the kernel has all of it`(buffered: Int, held: Int) {
    #expect(output([65_536, 65_536, 20_000]).held(buffered: buffered) == held)
  }

  @Test func `many small buffers count as more than their content`() {
    let output = output([Int](repeating: 4_000, count: 20))
    #expect(output.held(buffered: 4_000) == 6_000 && output.held(buffered: 40_000) == 60_000)
  }

  @Test func `an empty buffer at the end does not hide the buffer before it`() {
    #expect(output([65_536, 0]).held(buffered: 100) == 65_536)
  }
}

import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import Transport

@Suite struct AcceptBackoffTests {
  /// Counts the reads that reach the listener's socket.
  private final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = Never
    private(set) var count = 0

    func read(context: ChannelHandlerContext) {
      count += 1
    }
  }

  private let listener = EmbeddedChannel()
  private let reads = ReadCounter()
  private let backoff = AcceptBackoff(Logger(label: "test"))

  init() throws {
    try listener.pipeline.syncOperations.addHandlers([reads, backoff])
  }

  /// Accepts so many connections, each by a read of its own. Returns how many reads reached the socket.
  private func accept(_ count: Int) -> Int {
    let before = reads.count
    for _ in 0..<count {
      listener.pipeline.syncOperations.fireChannelRead(NIOAny(EmbeddedChannel() as any Channel))
      listener.read()
    }
    return reads.count - before
  }

  @Test func `the listener accepts no more while many connections wait for their event loops`() {
    #expect(accept(7) == 7)
    #expect(accept(1) == 0)
    backoff.settled()
    #expect(reads.count == 8, "it goes on with the read that waits")
    #expect(accept(1) == 0)
    for _ in 0..<8 { backoff.settled() }
    #expect(reads.count == 9 && accept(7) == 7)
  }

  @Test func `connections that their event loops never see do not stop the listener for ever`() {
    #expect(accept(8) == 7)
    listener.embeddedEventLoop.advanceTime(by: .milliseconds(999))
    #expect(reads.count == 7)
    listener.embeddedEventLoop.advanceTime(by: .milliseconds(1))
    #expect(reads.count == 8 && accept(7) == 7)
  }
}

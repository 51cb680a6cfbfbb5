import Glibc
import Logging
import NIOCore

/// Pauses the listener when it cannot accept a connection for lack of files or memory.
///
/// Without the pause it spins: NIO's own handler delays the reads that the pipeline asks for, and the listener stays
/// registered for the connection that waits. Confined to the listener's event loop.
final class AcceptBackoff: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// The time until the next attempt.
  private static let pause = TimeAmount.milliseconds(100)
  /// The least time between two lines in the log.
  private static let quiet = TimeAmount.seconds(60)

  private let logger: Logger
  private var isPaused = false
  private var nextLine = NIODeadline.distantPast

  init(_ logger: Logger) {
    self.logger = logger
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError else { return context.fireErrorCaught(error) }
    // This client has gone before it was accepted: the next one need not wait.
    guard error.errnoCode != ECONNABORTED else { return }
    let now = NIODeadline.now()
    if now >= nextLine {
      nextLine = now + Self.quiet
      logger.error("connections cannot be accepted, trying again", metadata: ["reason": "\(error)"])
    }
    guard !isPaused else { return }
    isPaused = true
    let channel = context.channel
    try? channel.syncOptions?.setOption(.autoRead, value: false)
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
      self.isPaused = false
      try? channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }
}

import Glibc
import Logging
import NIOCore

/// Pauses the listener when it cannot accept a connection for lack of files or memory, and while other event loops have
/// not yet looked at many connections: each of them has a file that no limit counts.
///
/// Without the pause it spins: NIO's own handler delays the reads that the pipeline asks for, and the listener stays
/// registered for the connection that waits. Confined to the listener's event loop.
final class AcceptBackoff: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias OutboundIn = Never

  /// The time until the next attempt.
  private static let pause = TimeAmount.milliseconds(100)
  /// The least time between two lines in the log.
  private static let quiet = TimeAmount.seconds(60)

  /// The connections that may wait for a place at once.
  private static let mostWaiting = 8
  /// A connection that is lost before its event loop sees it never settles; after this time the listener goes on.
  private static let longestWait = TimeAmount.seconds(1)

  private let logger: Logger
  private var context: ChannelHandlerContext?
  private var waiting = 0
  private var isWaiting = false
  private var timer: Scheduled<Void>?
  private var isPaused = false
  private var nextLine = NIODeadline.distantPast

  init(_ logger: Logger) {
    self.logger = logger
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    timer?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    waiting += 1
    context.fireChannelRead(data)
  }

  func read(context: ChannelHandlerContext) {
    guard waiting >= Self.mostWaiting else { return context.read() }
    guard !isWaiting else { return }
    isWaiting = true
    timer = context.eventLoop.assumeIsolated().scheduleTask(in: Self.longestWait) {
      self.waiting = 0
      self.goOn()
    }
  }

  /// A connection has its place, or is closed.
  func settled() {
    waiting = max(waiting - 1, 0)
    goOn()
  }

  private func goOn() {
    guard isWaiting, waiting < Self.mostWaiting else { return }
    isWaiting = false
    timer?.cancel()
    timer = nil
    context?.read()
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

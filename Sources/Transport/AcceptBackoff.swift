import Glibc
import Logging
import NIOCore

/// What the listener does when it cannot accept a connection for lack of files or memory: it waits, and neither spins
/// nor closes.
enum AcceptBackoff {
  /// The time until the next attempt. NIO's own second would delay every client that comes when files are free again.
  static let pause = TimeAmount.milliseconds(100)
  /// The least time between two lines in the log.
  static let quiet = TimeAmount.seconds(60)

  /// A handler for one listener, to be added on its event loop.
  static func handler(_ logger: Logger) -> AcceptBackoffHandler {
    var nextLine = NIODeadline.distantPast
    return AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { error in
      // The client has gone: the next one need not wait.
      if error.errnoCode == ECONNABORTED { return nil }
      let now = NIODeadline.now()
      if now >= nextLine {
        nextLine = now + quiet
        logger.error("connections cannot be accepted, trying again", metadata: ["reason": "\(error)"])
      }
      return pause
    }
  }
}

import GRPC
import HTTP
import HTTP2
import NIOCore

/// Replies that take time: a task makes them, and hops back to the event loop once.
extension HTTP2ServerHandler {
  func start(
    _ later: @escaping @concurrent @Sendable () async -> Reply, on stream: ServerStream, _ method: Method
  ) {
    // What waits is held as what is not whole yet is, and counts as that.
    giveWindow(stream)
    guard !stream.machine.isEnded else { return }
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound((handler: self, stream: stream, method: method), eventLoop: eventLoop)
    stream.task = core.tasks.start {
      let reply = await later()
      return { ticket in
        eventLoop.execute {
          let (handler, stream, method) = bound.value
          guard handler.isDue(stream, ticket) else { return }
          handler.answer(stream, method, reply, isLate: true)
          handler.pump()
        }
      }
    }
    if stream.task == nil { end(stream, RequestLimits.tooManyTasks) }
  }

  func start(
    _ later: @escaping @concurrent @Sendable () async -> sending Response, on stream: ServerStream, isHead: Bool
  ) {
    giveWindow(stream)
    guard case .rest = stream.work else { return }
    let eventLoop = loop.eventLoop
    let bound = NIOLoopBound((handler: self, stream: stream), eventLoop: eventLoop)
    stream.task = core.tasks.start {
      let response = LateResponse(await later())
      return { ticket in
        eventLoop.execute {
          let (handler, stream) = bound.value
          guard handler.isDue(stream, ticket), let response = response.take() else { return }
          handler.respond(stream, response, isHead: isHead)
          handler.pump()
        }
      }
    }
    if stream.task == nil { respondItself(stream, RequestLimits.tooManyTasksResponse, isHead: isHead) }
  }

  /// Nobody waits for the reply that is in the making.
  func cancelTask(_ stream: ServerStream) {
    guard let ticket = stream.task else { return }
    stream.task = nil
    core.tasks.cancel(ticket)
  }

  /// Whether `stream` still is the one whose reply came; once.
  private func isDue(_ stream: ServerStream, _ ticket: TaskPool.Ticket) -> Bool {
    guard stream.task == ticket else { return false }
    stream.task = nil
    return true
  }
}

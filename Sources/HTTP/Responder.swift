/// The response to a request, now or later.
package enum EventualResponse {
  case now(Response)
  /// The response needs the store, or too long a computation for the event loop. A task makes it off the event loop,
  /// once the request is decoded and checked, and is cancelled when the client no longer waits.
  case later(@concurrent @Sendable () async -> sending Response)
}

/// Answers REST requests on the event loop that read them, and must not block that loop.
package protocol Responder: Sendable {
  func respond(to request: Request) -> EventualResponse
  /// Renders a problem that the transport found, in the format that the client of `request` reads; nil: the head of the
  /// request did not arrive.
  func response(to problem: Problem, for request: Request?) -> Response
  /// Counts an answer with this status code that the transport made itself, for example to a request that was too
  /// large.
  func countTransportResponse(_ code: Int)
}

extension Responder {
  package func countTransportResponse(_ code: Int) {}
}

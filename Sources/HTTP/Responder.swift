/// What becomes of a request.
package enum EventualResponse {
  case now(Response)
  /// Needs the store, or too long a computation for the event loop: runs as a task off it, once the request is decoded
  /// and checked. Cancelled when the client does not wait for it any more.
  case later(@concurrent @Sendable () async -> sending Response)
}

/// Answers REST requests on the event loop that read them; must not block it.
package protocol Responder: Sendable {
  func respond(to request: Request) -> EventualResponse
  /// A problem that the transport or the router found, in the shape that clients read.
  func response(to problem: Problem) -> Response
  /// Counts an answer with this status code that the transport made itself: to a request that was too large, for example.
  func countTransportResponse(_ code: Int)
}

extension Responder {
  package func countTransportResponse(_ code: Int) {}
}

import GRPC
import Messages

/// The events of one `WatchModels` call, which the caller takes one at a time.
package struct WatchStream: Sendable {
  private let responses: any ResponseStream

  init(_ responses: any ResponseStream) {
    self.responses = responses
  }

  /// The next event; nil when the server ended the call with OK. Throws the `Status` of any other end.
  package func next() async throws -> WatchEvent? {
    while let message = try await responses.next() {
      // The client skips event types that newer servers send and it does not know.
      let event = try decoded { () throws(MalformedMessage) in try WatchEvent.decode(message) }
      if let event { return event }
    }
    return nil
  }

  package func cancel() {
    responses.cancel()
  }
}

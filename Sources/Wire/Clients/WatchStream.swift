import GRPC
import Messages

/// Events of one `WatchModels` call, taken one at a time.
package struct WatchStream: Sendable {
  private let responses: any ResponseStream

  init(_ responses: any ResponseStream) {
    self.responses = responses
  }

  /// The next event; nil when the server ended the call with OK. Throws the `Status` it ended with otherwise.
  package func next() async throws -> WatchEvent? {
    while let message = try await responses.next() {
      // Types that came later are left out.
      let event = try decoded { () throws(MalformedMessage) in try WatchEvent.decode(message) }
      if let event { return event }
    }
    return nil
  }

  package func cancel() {
    responses.cancel()
  }
}

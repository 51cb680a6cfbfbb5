import HTTP
import Synchronization

/// Carries a response from the task that makes it to the event loop that sends it. A response that no event loop takes
/// is abandoned.
final class LateResponse: Sendable {
  private let response: Mutex<Response?>

  init(_ response: sending Response) {
    self.response = Mutex(response)
  }

  deinit {
    take()?.abandon()
  }

  /// Takes the response; nil when it was taken before.
  func take() -> sending Response? {
    response.withLock { response in
      let taken = response
      response = nil
      return taken
    }
  }
}

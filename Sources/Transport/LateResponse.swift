import HTTP
import Synchronization

/// Carries a response from the task that made it to the event loop that sends it; abandons it when it is never taken.
final class LateResponse: Sendable {
  private let response: Mutex<Response?>

  init(_ response: sending Response) {
    self.response = Mutex(response)
  }

  deinit {
    take()?.abandon()
  }

  /// nil when it was taken before.
  func take() -> sending Response? {
    response.withLock { response in
      let taken = response
      response = nil
      return taken
    }
  }
}

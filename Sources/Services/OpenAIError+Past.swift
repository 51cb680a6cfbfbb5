import Catalog
import HTTP

extension OpenAIError {
  /// A moment that cannot be read.
  init(_ error: PastError, param: String? = nil) {
    let code =
      switch error {
      case .notRetained: "revision_compacted"
      case .notReached: "revision_in_future"
      case .unknown: "revision_unknown"
      }
    self = .invalid("The past cannot be read: \(error.text).", param: param, code: code)
  }
}

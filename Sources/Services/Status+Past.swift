import Catalog
import GRPC
import Wire

extension Status {
  /// OUT_OF_RANGE for a moment that cannot be read.
  init(_ error: PastError) {
    let (reason, metadata) =
      switch error {
      case .notRetained(let oldest): ("REVISION_COMPACTED", ["oldest": String(oldest)])
      case .notReached(let head): ("REVISION_IN_FUTURE", ["head": String(head)])
      case .unknown: ("REVISION_UNKNOWN", [:])
      }
    self.init(.outOfRange, error.text, reason: reason, metadata: metadata)
  }
}

extension PastError {
  /// For people.
  var text: String {
    switch self {
    case .notRetained(let oldest): "that is before what is retained: the oldest revision is \(oldest)"
    case .notReached(let head): "that revision has not happened: the latest is \(head)"
    case .unknown: "no revision of this number is known: it was never given out, or it was lost"
    }
  }
}

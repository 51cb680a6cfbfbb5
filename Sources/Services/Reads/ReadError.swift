import Catalog
import HTTP

/// The reason that a read has no answer. Each protocol maps it once: `ReadError+Status` and `ReadError+OpenAIError`.
enum ReadError: Error, Hashable {
  /// The catalog is not complete yet; `progress` says how far engines and sources have answered.
  case notReady(progress: String)
  /// The model is absent, or the caller may not see it: the two cases look the same.
  case modelNotFound(ModelKey)
  /// A field of the request is wrong; `problem` continues a sentence that begins with the field's name.
  case invalid(field: String, problem: String)
  /// A filter or an order does not parse.
  case malformed(field: String, QueryTextError)
  /// A filter or an order uses readings where only facts exist.
  case readings(field: String, FactsOnly)
  /// The server cannot show a moment; `field` names the moment, and is nil where several fields can.
  case past(PastError, field: String?)
  /// The server no longer knows the revision of the previous pages; the token continues with the present.
  case pageTokenExpired(revision: Int64, token: String)
  /// Too many lists wait for their computation.
  case tooManyLists
  /// A limit of watches or of lists is reached; the number is its value.
  case limitReached(Limit, Int)
  /// The client no longer waits for the answer.
  case cancelled

  /// The reads that cannot use readings, which are known only of the present.
  enum FactsOnly: Hashable {
    case past
    case diff
    case watch
  }
}

extension ReadError {
  /// The text for people about a catalog that is not complete yet.
  static func text(notReady progress: String) -> String {
    "the list is not complete yet" + (progress.isEmpty ? "" : ": \(progress)")
  }

  /// The text for people about a limit that is reached.
  static func text(_ limit: Limit, _ value: Int) -> String {
    let problem =
      switch limit {
      case .watchesPerPeer: "\(value) watches of this address run already"
      case .watchesPerConnection: "\(value) watches of this connection run already"
      case .watchTextBytes: "running watches hold \(value) bytes of filters and names already"
      case .listsPerPeer: "\(value) lists of this address wait already"
      default: "\(value) watches run already"
      }
    return "\(problem) (limit \(limit.name))"
  }
}

extension PastError {
  /// The problem as a text for people.
  var text: String {
    switch self {
    case .notRetained(let oldest): "that is before what is retained: the oldest revision is \(oldest)"
    case .notReached(let head): "that revision has not happened: the latest is \(head)"
    case .unknown: "no revision of this number is known: it was never given out, or it was lost"
    }
  }
}

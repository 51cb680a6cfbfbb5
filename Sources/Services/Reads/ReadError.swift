import Catalog

/// Why a read has no answer. Each protocol maps it once: `ReadError+Status` and `ReadError+OpenAIError`.
enum ReadError: Error, Hashable {
  /// The catalog is not complete yet.
  case notReady
  /// The model is absent, or hidden from the caller: the two are indistinguishable.
  case modelNotFound(ModelKey)
  /// A field of the request is wrong; the problem goes on behind the field's name.
  case invalid(field: String, problem: String)
  /// A filter or an order that does not parse.
  case malformed(field: String, QueryTextError)
  /// A filter or an order that uses readings where there are facts alone.
  case readings(field: String, FactsOnly)
  /// A moment that cannot be read; the field that names it, nil where several can.
  case past(PastError, field: String?)
  /// The revision that the pages before showed is no longer known; the token continues with the present.
  case pageTokenExpired(revision: Int64, token: String)
  /// Too many lists wait to be made.
  case tooManyLists
  /// As many watches run as may.
  case tooManyWatches(limit: Int)
  /// The client does not wait for the answer any more.
  case cancelled

  /// Reads that cannot use readings, which are known of the present alone.
  enum FactsOnly: Hashable {
    case past
    case diff
    case watch
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

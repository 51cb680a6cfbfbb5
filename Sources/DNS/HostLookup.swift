import Fleet

/// The lookup of one host name: each candidate of the search list in turn, both families of addresses at once. Confined
/// to the resolver's thread.
final class HostLookup {
  /// nil while the channel closes, which ends its queries.
  private weak var channel: AresChannel?
  private let completion: (LookupOutcome) -> Void
  private var candidates: ArraySlice<String>
  private var openQueries = 0
  /// The outcome of the candidate that is being asked for.
  private var found: [String] = []
  private var lifetime: Duration = .zero
  private var failure: NameFailure?
  /// Whether a name server could not say whether an earlier candidate exists.
  private var isUncertain = false

  /// Calls `completion` once, possibly before it returns, and never after the channel has closed.
  static func begin(_ name: String, on channel: AresChannel, completion: @escaping (LookupOutcome) -> Void) {
    HostLookup(name, channel, completion).askNext()
  }

  private init(_ name: String, _ channel: AresChannel, _ completion: @escaping (LookupOutcome) -> Void) {
    self.channel = channel
    self.completion = completion
    candidates = channel.search.candidates(for: name)[...]
  }

  private func askNext() {
    guard let channel else { return }
    guard let name = candidates.popFirst() else {
      return completion(.failure(isUncertain ? .noAnswer : .notFound))
    }
    openQueries = AresChannel.Family.allCases.count
    for family in AresChannel.Family.allCases {
      channel.query(name, family) { self.take($0) }
    }
  }

  private func take(_ answer: AresChannel.Answer) {
    openQueries -= 1
    switch answer {
    case .addresses(let addresses, let lifetime):
      self.lifetime = found.isEmpty ? lifetime : min(self.lifetime, lifetime)
      found += addresses
    case .none: break
    case .timedOut: failure = failure ?? .noAnswer
    case .failed: isUncertain = true
    case .own(let trouble): failure = .own(trouble)
    }
    guard openQueries == 0 else { return }
    if !found.isEmpty {
      completion(.addresses(found.inTurn, lifetime: lifetime))
    } else if let failure {
      completion(.failure(failure))
    } else {
      askNext()
    }
  }
}

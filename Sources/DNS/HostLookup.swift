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
  /// When the addresses of one family were known; nil: those of neither are.
  private var foundAt: ContinuousClock.Instant?
  /// The number of addresses that the completion has had.
  private var reported = 0

  /// How long the addresses of one family wait for those of the other, which some name servers never answer.
  private static let patience: Duration = .milliseconds(500)

  /// Whether the lookup waits for nothing more that its callers wait for.
  private(set) var isOver = false

  /// `completion` is called once when the lookup is over, and once more if addresses of the other family come later;
  /// possibly before `begin` returns, and never after the channel has closed.
  init(_ name: String, on channel: AresChannel, completion: @escaping (LookupOutcome) -> Void) {
    self.channel = channel
    self.completion = completion
    candidates = channel.search.candidates(for: name)[...]
  }

  func begin() {
    askNext()
  }

  /// When the lookup is over even if only one family of addresses is known; nil: none is.
  var wake: ContinuousClock.Instant? { isOver ? nil : foundAt.map { $0 + Self.patience } }

  /// Reports the addresses of one family when those of the other are late.
  func passTime(to now: ContinuousClock.Instant) {
    if let wake, now >= wake { report() }
  }

  private func report() {
    isOver = true
    guard found.count > reported else { return }
    reported = found.count
    completion(.addresses(found.inTurn, lifetime: lifetime))
  }

  private func fail(_ failure: NameFailure) {
    isOver = true
    completion(.failure(failure))
  }

  private func askNext() {
    guard let channel else { return }
    guard let name = candidates.popFirst() else {
      return fail(isUncertain ? .noAnswer : .notFound)
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
      foundAt = foundAt ?? .now
    case .none: break
    case .timedOut: failure = failure ?? .noAnswer
    case .failed: isUncertain = true
    case .own(let trouble): failure = .own(trouble)
    }
    guard openQueries == 0 else { return }
    if !found.isEmpty {
      report()
    } else if let failure {
      fail(failure)
    } else {
      askNext()
    }
  }
}

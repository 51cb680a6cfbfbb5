/// What is known of one name, and the callers that wait for an answer.
struct NameRecord: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// The state of the name's lookup.
  enum Lookup: Hashable, Sendable {
    case none
    /// Waits for a place.
    case queued
    /// Has a place; the number tells it from earlier lookups of the name.
    case running(Int)
  }

  struct Waiter: Hashable, Sendable {
    var id: Int
    /// When the caller gets addresses whose time to live has ended, if there are any.
    var patienceEnd: Instant
  }

  var lookup = Lookup.none
  var waiters: [Waiter] = []
  /// Whether the last lookup got no answer, or none in time.
  private(set) var isTroubled = false
  private var addresses: [String] = []
  private var addressesEnd: Instant
  private var failure: NameFailure?
  private var failureEnd: Instant
  private var lastAsked: Instant
  /// When the first caller began to wait for the lookup, if there is one.
  private var lookupBegan: Instant

  init(at now: Instant) {
    addressesEnd = now
    failureEnd = now
    lastAsked = now
    lookupBegan = now
  }

  mutating func beginLookup(at now: Instant) {
    lookup = .queued
    lookupBegan = now
  }

  /// The answer that needs no lookup; nil: there is none.
  mutating func answer(at now: Instant, _ limits: NameLimits) -> NameAnswer? {
    lastAsked = now
    if !addresses.isEmpty, now < addressesEnd { return .addresses(addresses) }
    if let failure, now < failureEnd { return staleAnswer(at: now, limits) ?? .failure(failure) }
    return lookup != .none && now >= lookupBegan + limits.patience ? staleAnswer(at: now, limits) : nil
  }

  /// The addresses whose time to live has ended not long ago; nil: there are none.
  func staleAnswer(at now: Instant, _ limits: NameLimits) -> NameAnswer? {
    addresses.isEmpty || now >= addressesEnd + limits.staleness ? nil : .addresses(addresses)
  }

  /// Takes the result of a lookup; returns what the callers get.
  mutating func take(_ result: LookupOutcome, at now: Instant, _ limits: NameLimits) -> NameAnswer {
    switch result {
    case .addresses(let found, let lifetime):
      (addresses, addressesEnd) = (found, now + limits.lifetime(lifetime))
      failure = nil
      isTroubled = false
      return .addresses(found)
    case .failure(let failure):
      if failure == .notFound { addresses = [] }
      self.failure = failure
      failureEnd = now + limits.failureLifetime
      // A name that had an answer a moment ago does not wait behind those that never had one, and a trouble of this
      // process says nothing about a name.
      isTroubled = failure == .noAnswer && staleAnswer(at: now, limits) == nil
      return staleAnswer(at: now, limits) ?? .failure(failure)
    }
  }

  /// Notes that the lookup has found no answer so far, and that others need its place.
  mutating func giveWay() {
    isTroubled = true
    lookup = waiters.isEmpty ? .none : .queued
  }

  func isForgettable(at now: Instant, _ limits: NameLimits) -> Bool {
    lookup == .none && waiters.isEmpty && now >= lastAsked + limits.memory
  }
}

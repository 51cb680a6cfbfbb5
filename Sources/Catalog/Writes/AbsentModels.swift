/// The absent models of a catalog that knows too many of them, in the order in which it forgets them. So an engine that
/// invents ids fills no disk.
struct AbsentModels {
  /// An absent model, with what decides how soon the catalog forgets it.
  private struct Candidate {
    let key: ModelKey
    let hasLabels: Bool
    /// The number of binary digits of the seconds for which engines served the model, so that similar durations are
    /// equal.
    let presence: Int
    let goneUptime: Duration
  }

  private let candidates: [Candidate]
  private let limit: Int

  /// The absent models of a ledger; nil when there are no more than `limit`.
  init?(_ ledger: Ledger, limit: Int) {
    guard ledger.seen.count - ledger.holders.count > limit else { return nil }
    self.limit = limit
    candidates = ledger.seen.compactMap { key, record in
      guard ledger.holders[key] == nil else { return nil }
      return Candidate(
        key: key, hasLabels: ledger.labels[key] != nil, presence: Self.digits(of: record.value.presence),
        goneUptime: record.value.goneUptime ?? .zero)
    }
  }

  /// The models to forget, so that 95 % of the limit stay; at most `count`.
  ///
  /// Models without declared labels go first. Among them those go first that engines served for the shortest time, and
  /// then those that are absent for the longest. So invented ids push out each other.
  func excess(atMost count: Int) -> [ModelKey] {
    let sorted = candidates.sorted { a, b in
      if a.hasLabels != b.hasLabels { return b.hasLabels }
      if a.presence != b.presence { return a.presence < b.presence }
      return a.goneUptime < b.goneUptime
    }
    return sorted.prefix(max(0, min(candidates.count - limit * 95 / 100, count))).map(\.key)
  }

  private static func digits(of duration: Duration) -> Int {
    let seconds = max(0, duration.components.seconds)
    return Int64.bitWidth - seconds.leadingZeroBitCount
  }
}

extension SeenFacts {
  /// For how long engines served the model until it went.
  fileprivate var presence: Duration {
    guard let gone else { return .zero }
    guard let createdUptime, let goneUptime else { return gone - created }
    return goneUptime - createdUptime
  }
}

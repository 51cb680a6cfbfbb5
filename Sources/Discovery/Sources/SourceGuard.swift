/// What one source says of the engines, and whether it is believed. A value: time is an argument.
///
/// An answer that is less than half of what the source said before is not believed until it has stood for ten minutes:
/// a source that lost its own sight (an empty DNS answer, a half-filled cache) must not empty the catalogue.
package struct SourceGuard: Sendable {
  /// How long an answer must stand until it is believed.
  package static let patience: Duration = .seconds(600)

  /// The engines that count.
  package private(set) var believed: [EngineSpec] = []
  private var doubted: (engines: [EngineSpec], ids: Set<String>, since: Duration)?

  package init() {}

  /// When the answer that is not believed will be, if it still stands.
  package var due: Duration? { doubted.map { $0.since + Self.patience } }

  /// The engines that count although the source does not name them any more.
  package var leftOut: Set<String> {
    guard let doubted else { return [] }
    return Set(believed.lazy.map(\.id)).subtracting(doubted.ids)
  }

  package enum Verdict: Hashable, Sendable {
    case believed
    /// The first of these is to be warned of.
    case doubted(isNew: Bool)
  }

  /// The source said all that it knows, at a time since the fleet's start. `isExplicit`: it says why it is less (an
  /// edited file, a deletion).
  package mutating func hear(_ engines: [EngineSpec], isExplicit: Bool, at up: Duration) -> Verdict {
    if isExplicit || engines.count * 2 >= believed.count {
      return believe(engines)
    }
    let ids = Set(engines.lazy.map(\.id))
    guard let known = doubted, known.ids == ids else {
      // Another answer begins another ten minutes, but is no news to the log.
      let isNew = doubted == nil
      doubted = (engines, ids, since: up)
      return .doubted(isNew: isNew)
    }
    doubted = (engines, ids, since: known.since)
    return passTime(to: up) ? .believed : .doubted(isNew: false)
  }

  /// Believes the doubted answer if it has stood for long enough; whether it did so.
  package mutating func passTime(to up: Duration) -> Bool {
    guard let doubted, up - doubted.since >= Self.patience else { return false }
    _ = believe(doubted.engines)
    return true
  }

  private mutating func believe(_ engines: [EngineSpec]) -> Verdict {
    believed = engines
    doubted = nil
    return .believed
  }
}

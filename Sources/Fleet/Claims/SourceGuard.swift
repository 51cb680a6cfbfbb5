import Catalog

/// The claims of one source, and those of them that are believed. A value: time is an argument.
///
/// An answer with less than half of the engines of the answer before may be the source's own fault (an empty DNS
/// answer, a half-filled cache) and must not empty the catalog: an engine that it leaves out counts until it was left
/// out for ten minutes.
struct SourceGuard: Sendable {
  /// How long an engine must be left out until its removal is believed.
  static let patience: Duration = .seconds(600)
  /// The same for a source whose query was changed: the rest of its answer may come a moment later.
  static let settling: Duration = .seconds(10)

  /// The claims that count.
  private(set) var believed: [Claim] = []
  /// Ids of believed engines that the source does not name any more, and since when.
  private var missing: [String: Duration] = [:] {
    didSet { due = missing.values.min().map { $0 + Self.patience } }
  }

  /// When the next engine that is left out is removed; nil when none is left out.
  private(set) var due: Duration?

  /// Ids of the engines that count although the source does not name them any more.
  var leftOut: Set<String> { Set(missing.keys) }

  enum Verdict: Hashable, Sendable {
    case believed
    /// `isNew`: it is the first doubted answer in a row, which is logged.
    case doubted(isNew: Bool)
  }

  /// Takes the source's complete answer, at a time since the fleet's start. `isExplicit`: an operator made it smaller
  /// (an edited file). `isChanged`: the source's query was changed, and this is its first answer to the new one.
  /// Engines in `ended` are removed even when the rest is doubted.
  mutating func received(
    _ claims: [Claim], isExplicit: Bool, isChanged: Bool = false, ended: Set<String> = [], at up: Duration
  ) -> Verdict {
    let named = Set(claims.lazy.map(\.id))
    let before = ended.isEmpty ? believed : believed.filter { !ended.contains($0.id) }
    if isChanged {
      let lost = before.filter { !named.contains($0.id) }
      missing = Dictionary(lost.map { ($0.id, up - Self.patience + Self.settling) }) { first, _ in first }
      believed = claims + lost
      return .believed
    }
    guard !isExplicit, claims.count * 2 < before.count else {
      believed = claims
      missing = [:]
      return .believed
    }
    let isNew = missing.isEmpty
    let lost = before.filter { !named.contains($0.id) }
    let known = missing
    missing = Dictionary(lost.map { ($0.id, known[$0.id] ?? up) }) { first, _ in first }
    believed = claims + lost
    return passTime(to: up) && missing.isEmpty ? .believed : .doubted(isNew: isNew)
  }

  /// Removes the engines that were left out for long enough; returns whether there were any.
  mutating func passTime(to up: Duration) -> Bool {
    guard let due, due <= up else { return false }
    let gone = missing.filter { up - $0.value >= Self.patience }
    missing = missing.filter { gone[$0.key] == nil }
    believed.removeAll { gone[$0.id] != nil }
    return true
  }
}

/// One engine as one source claims it.
enum Claim: Hashable, Sendable {
  case probed(EngineSpec)
  case unprobed(UnprobedEngine)

  var id: String {
    switch self {
    case .probed(let spec): spec.id
    case .unprobed(let engine): engine.facts.id
    }
  }
}

extension SourceAnswer {
  var claims: [Claim] {
    parts.flatMap { part in part.engines.map { .probed($0) } + part.unprobed.map { .unprobed($0) } }
  }
}

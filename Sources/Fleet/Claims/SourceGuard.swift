import Catalog

/// What one source says of the engines, and what of it is believed. A value: time is an argument.
///
/// An answer that is less than half of what the source said before may be its own blindness (an empty DNS answer, a
/// half-filled cache) and must not empty the catalog: what it leaves out counts until it was left out for ten minutes.
struct SourceGuard: Sendable {
  /// How long an engine must be left out until that is believed.
  static let patience: Duration = .seconds(600)
  /// The same of a source that looks for something else now: the rest of its answer may come a moment later.
  static let settling: Duration = .seconds(10)

  /// The engines that count.
  private(set) var believed: [Claim] = []
  /// Those of them that the source does not name any more, and since when.
  private var missing: [String: Duration] = [:] {
    didSet { due = missing.values.min().map { $0 + Self.patience } }
  }

  /// When the next of those that are left out goes; nil when none is.
  private(set) var due: Duration?

  /// The engines that count although the source does not name them any more.
  var leftOut: Set<String> { Set(missing.keys) }

  enum Verdict: Hashable, Sendable {
    case believed
    /// The first of these is to be warned of.
    case doubted(isNew: Bool)
  }

  /// The source said all that it knows, at a time since the fleet's start. `isExplicit`: it says why it is less (an
  /// edited file). `isChanged`: it was told to look for something else, and this is its first answer to that. What is in
  /// `ended` goes whatever is believed of the rest.
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

  /// Lets go what was left out for long enough; whether there was any.
  mutating func passTime(to up: Duration) -> Bool {
    guard let due, due <= up else { return false }
    let gone = missing.filter { up - $0.value >= Self.patience }
    missing = missing.filter { gone[$0.key] == nil }
    believed.removeAll { gone[$0.id] != nil }
    return true
  }
}

/// One engine as one source names it.
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
  var claims: [Claim] { engines.map { .probed($0) } + unprobed.map { .unprobed($0) } }
}

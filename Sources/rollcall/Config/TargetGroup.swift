internal import Catalog
internal import Fleet
internal import Yams

/// Targets with their labels, as in Prometheus' `file_sd` and `http_sd`. Of the labels that begin with two underscores,
/// those of `TargetEntry` count; the others concern Prometheus only.
struct TargetGroup {
  private(set) var targets: [TargetEntry] = []
  /// What of the labels is left out.
  private(set) var notices: [CommandError] = []
  /// Why targets of the group are none.
  private(set) var mistakes: [CommandError] = []

  /// Throws `CommandError` when no target of the group can be an engine.
  init(_ node: Node, file: String) throws {
    var mapping = try ConfigMapping(node, file: file, name: "a target group")
    let line = mapping.line
    let list = mapping.take("targets")
    guard let list, list.sequence != nil || list.isNull else {
      throw ConfigMapping.error(file, line, "targets must be a list of host:port")
    }
    let labels = try mapping.looseTexts("labels")
    try mapping.finish()
    for name in labels.others.sorted() {
      notices.append(ConfigMapping.error(file, line, "the value of the label '\(name)' is no text: it is left out"))
    }
    let (given, problems) = TargetEntry.checked(labels.texts)
    notices += problems.map { ConfigMapping.error(file, line, $0) }
    for target in list.sequence.map({ Array($0) }) ?? [] {
      let line = target.mark?.line ?? line
      guard let address = target.scalar?.string, !target.isNull else {
        mistakes.append(ConfigMapping.error(file, line, "a target must be a text: host:port"))
        continue
      }
      targets.append(TargetEntry(address: address, line: line, labels: given))
    }
  }
}

/// A target with the labels of all groups that name it.
struct TargetEntry {
  /// `host:port`
  let address: String
  /// The first line that names it; 0 when unknown.
  let line: Int
  private var labels: [String: String]

  /// `labels`: as `checked` leaves them.
  init(address: String, line: Int, labels: [String: String]) {
    self.address = address
    self.line = line
    self.labels = labels
  }

  /// The labels that say how an engine is asked and whose it is. Prometheus has the first three, Rollcall's own
  /// `/http_sd` the others.
  private enum Name {
    static let scheme = "__scheme__"
    static let path = "__metrics_path__"
    static let scrapeTimeout = "__scrape_timeout__"
    static let timeout = "__meta_rollcall_timeout"
    static let namespace = "__meta_rollcall_namespace"
    static let cluster = "__meta_rollcall_cluster"
    static let kinds = ["__meta_rollcall_engine_kind", "__meta_rollcall_kind"]
    static let id = "__meta_rollcall_engine"
    static let all = [scheme, path, scrapeTimeout, timeout, namespace, cluster, id] + kinds
  }

  /// The labels that an engine can have, and what is left out of the others.
  static func checked(_ labels: [String: String]) -> (labels: [String: String], problems: [String]) {
    var kept: [String: String] = [:]
    var problems: [String] = []
    for (name, value) in labels.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
      do throws(EngineSpecError) {
        switch name {
        case Name.path where base(of: value, kind: nil) == nil:
          throw EngineSpecError("\(name) is '\(value)', which does not end in /metrics: it has no base path")
        case Name.scrapeTimeout, Name.timeout: _ = try EngineSpec.timeout(value)
        case _ where Name.kinds.contains(name): _ = try EngineSpec(url: "http://x", kind: value)
        case Name.id: _ = try EngineSpec(url: "http://x", id: value)
        case _ where Name.all.contains(name): break
        case _ where name.hasPrefix("__"): continue
        default:
          _ = try EngineSpec(url: "http://x", labels: [name: value])
          guard kept.count < Observation.labelLimit else {
            throw EngineSpecError("there are more than \(Observation.labelLimit) labels")
          }
        }
        kept[name] = value
      } catch {
        problems.append("the label '\(name)' is left out: \(error.description)")
      }
    }
    return (kept, problems)
  }

  /// Adds the labels of another group that names the same target. Returns what is left out: of two values of a label
  /// the first counts.
  mutating func merge(_ other: TargetEntry) -> [String] {
    var problems: [String] = []
    for (name, value) in other.labels.sorted(by: { $0.key < $1.key }) {
      if let known = labels[name] {
        guard known != value else { continue }
        problems.append(
          "the target \(address) has the label '\(name)' with two values: '\(known)' counts, '\(value)' is left out")
      } else if labels.count < Observation.labelLimit {
        labels[name] = value
      } else {
        problems.append("the target \(address) has more than \(Observation.labelLimit) labels: '\(name)' is left out")
      }
    }
    return problems
  }

  /// The engine of the target. `hasOwnID`: whether it keeps the id that it has in the list of another Rollcall.
  func spec(hasOwnID: Bool = true) throws(EngineSpecError) -> EngineSpec {
    guard !address.contains("://"), !address.contains("@") else {
      throw EngineSpecError("a target must be host:port, without a scheme and without credentials")
    }
    let kind = Name.kinds.lazy.compactMap { labels[$0] }.first
    let path = labels[Name.path].flatMap { Self.base(of: $0, kind: kind) } ?? ""
    var spec = try EngineSpec(
      url: "\(labels[Name.scheme] ?? "http")://\(address)\(path)", kind: kind, namespace: labels[Name.namespace],
      cluster: labels[Name.cluster], labels: labels.filter { !$0.key.hasPrefix("__") }, id: labels[Name.id])
    spec.timeout = try EngineSpec.timeout(labels[Name.timeout] ?? labels[Name.scrapeTimeout])
    return hasOwnID && labels[Name.id] != nil ? spec : spec.withDerivedID
  }

  /// The base path of an engine with this path of metrics; nil when it does not end as one.
  private static func base(of path: String, kind: String?) -> String? {
    var path = path.hasPrefix("/") ? path : "/" + path
    while path.hasSuffix("/") { path.removeLast() }
    let own = kind.flatMap { EngineKind(rawValue: $0)?.dialect.metrics?.path }
    for end in [own, "/metrics"].compactMap(\.self) where path.hasSuffix(end) {
      return String(path.dropLast(end.count))
    }
    return nil
  }
}

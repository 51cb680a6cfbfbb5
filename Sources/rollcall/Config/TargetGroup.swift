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
    let given = TargetEntry.checked(labels.texts)
    notices += given.problems.map { ConfigMapping.error(file, line, $0) }
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
  /// Whether no key is sent, because the way in which it was to be sent is left out.
  private var refusesKey: Bool

  /// Labels of a group without those that no engine can have.
  struct Checked {
    var labels: [String: String] = [:]
    /// What is left out, and why.
    var problems: [String] = []
    var refusesKey = false
  }

  init(address: String, line: Int, labels: Checked) {
    self.address = address
    self.line = line
    self.labels = labels.labels
    refusesKey = labels.refusesKey
  }

  /// The labels that say how an engine is asked and whose it is, beside those that are named after options.
  private enum Name {
    static let scheme = "__scheme__"
    static let path = "__metrics_path__"
    /// The kind that another Rollcall has found, which shows where the base path ends.
    static let foundKind = "__meta_rollcall_kind"
    /// The labels that every model of the engine has in the list of another Rollcall.
    static let label = "__meta_rollcall_label_"
    /// The options that Prometheus' own labels and those of Rollcall's `/http_sd` give, the first that is there.
    static let options: [(option: EngineOption, labels: [String])] = [
      (.kind, ["__meta_rollcall_engine_kind"]), (.namespace, ["__meta_rollcall_namespace"]),
      (.cluster, ["__meta_rollcall_cluster"]), (.id, ["__meta_rollcall_engine"]), (.timeout, ["__scrape_timeout__"]),
    ]
    static let all = Set(
      [scheme, path, foundKind] + options.flatMap(\.labels) + EngineOption.allCases.map(\.targetLabel))
    static let keys = Set([EngineOption.key, .keyEnv, .keyFile].map(\.targetLabel))

    /// The labels that give an option.
    static func labels(of option: EngineOption) -> [String] {
      [option.targetLabel] + options.filter { $0.option == option }.flatMap(\.labels)
    }
  }

  /// The options in labels.
  private static func options(_ labels: [String: String]) -> EngineOptions {
    var options = EngineOptions(labels, spelling: \.targetLabel)
    for (option, names) in Name.options where options[option] == nil {
      options[option] = names.lazy.compactMap { labels[$0] }.first
    }
    return options
  }

  /// The labels that an engine can have, and what is left out of the others. A wrong namespace or cluster stays: without
  /// it the engine would be another tenant's.
  static func checked(_ labels: [String: String]) -> Checked {
    var checked = Checked()
    // A label that the file gives itself comes last, and so counts.
    for (given, value) in labels.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
      let name = given.hasPrefix(Name.label) ? String(given.dropFirst(Name.label.count)) : given
      do throws(EngineSpecError) {
        if name == Name.path, base(of: value, kind: labels[Name.foundKind]) == nil {
          throw EngineSpecError("it does not end in /metrics, so there is no base path")
        }
        if !name.hasPrefix("__") {
          _ = try EngineSpec(url: "http://x", labels: [name: value])
          guard checked.labels.count < Observation.labelLimit else {
            throw EngineSpecError("there are more than \(Observation.labelLimit) labels")
          }
        } else if !Name.all.contains(name) {
          continue
        }
        checked.labels[name] = value
      } catch {
        checked.problems.append("the label '\(given)' is left out: \(error.description)")
      }
    }
    var options = options(checked.labels)
    (options[.namespace], options[.cluster]) = (nil, nil)
    for fault in (try? options.tolerantSpec(url: "http://x"))?.faults ?? [] {
      let names = fault.options.flatMap(Name.labels).filter { checked.labels[$0] != nil }
      checked.problems.append("the label '\(names.joined(separator: "', '"))' is left out: \(fault.description)")
      for name in names { checked.labels[name] = nil }
      // A key is not sent in a way that nobody chose.
      if fault.options.contains(.auth) {
        checked.refusesKey = true
        for name in Name.keys { checked.labels[name] = nil }
      }
    }
    return checked
  }

  /// Adds the labels of another group that names the same target. Returns what is left out: of two values of a label
  /// the first counts.
  mutating func merge(_ other: TargetEntry) -> [String] {
    var problems: [String] = []
    refusesKey = refusesKey || other.refusesKey
    if refusesKey { for name in Name.keys { labels[name] = nil } }
    for (name, value) in other.labels.sorted(by: { $0.key < $1.key }) {
      if refusesKey, Name.keys.contains(name) { continue }
      if let known = labels[name] {
        guard known != value else { continue }
        // The value of an option may be a key.
        let values = name.hasPrefix("__rollcall_") ? "the first" : "'\(known)'"
        let rest = name.hasPrefix("__rollcall_") ? "the second" : "'\(value)'"
        problems.append(
          "the target \(address) has the label '\(name)' with two values: \(values) counts, \(rest) is left out")
      } else if labels.count < Observation.labelLimit {
        let wasEngine = (try? spec()) != nil
        labels[name] = value
        // Options of two groups need not fit each other.
        guard wasEngine, (try? spec()) == nil else { continue }
        labels[name] = nil
        problems.append("the target \(address) has the label '\(name)' beside another that excludes it: it is left out")
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
    var options = Self.options(labels)
    if !hasOwnID { options[.id] = nil }
    let kind = options[.kind] ?? labels[Name.foundKind]
    let path = labels[Name.path].flatMap { Self.base(of: $0, kind: kind) } ?? ""
    do throws(EngineSpecError) {
      let spec = try options.spec(
        url: "\(labels[Name.scheme] ?? "http")://\(address)\(path)", labels: labels.filter { !$0.key.hasPrefix("__") })
      return options[.id] == nil ? spec.withDerivedID : spec
    } catch {
      let text = error.text(\.targetLabel)
      throw EngineSpecError(Self.isPlain(address) ? "the target '\(address)': \(text)" : text, in: error.options)
    }
  }

  /// Whether an address has no part that may be a key.
  private static func isPlain(_ address: String) -> Bool {
    let parts = address.split(separator: ":", omittingEmptySubsequences: false)
    return address.utf8.count <= 256 && !address.contains(where: { "@/?#".contains($0) })
      && parts.dropFirst().allSatisfy { $0.allSatisfy(\.isNumber) }
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

internal import Fleet
internal import Yams

/// A file of engines, in YAML or JSON. It holds a list of engines as in the configuration, bare or under `engines`, or
/// target groups as in Prometheus' `file_sd` (`targets` and `labels`). One list may hold both.
enum EngineFile {
  /// Reads the file at a path. Throws `CommandError` with the file's name and, where it is known, the line.
  static func read(_ path: String) throws -> [EngineSpec] {
    try engines(YAMLText.read(path), file: path)
  }

  static func engines(_ text: String, file: String) throws -> [EngineSpec] {
    guard let root = try YAMLText.compose(text, file: file), let list = list(root) else {
      throw CommandError("\(file) is not a list of engines: write '[]' if there are none")
    }
    let engines = try list.flatMap { node in
      node.mapping?["targets"] == nil ? [try engine(node, file: file)] : try TargetGroup(node, file: file).engines
    }
    do {
      try EngineSpec.checkUnique(engines)
    } catch {
      throw CommandError("\(file): \(error.description)")
    }
    return engines
  }

  private static func list(_ root: Node) -> Node.Sequence? {
    root.sequence ?? root.mapping?["engines"]?.sequence
  }

  private static func engine(_ node: Node, file: String) throws -> EngineSpec {
    let spec = try EngineNode.engine(node, file: file)
    return EngineNode.hasID(node) ? spec : spec.withDerivedID
  }
}

/// Targets with their labels, as in Prometheus' `file_sd` and `http_sd`. Of the labels that begin with two underscores,
/// `__scheme__`, `__scrape_timeout__` and the labels of Rollcall's own `/http_sd` count; the others concern Prometheus only.
private struct TargetGroup {
  let engines: [EngineSpec]

  init(_ node: Node, file: String) throws {
    var mapping = try ConfigMapping(node, file: file, name: "a target group")
    guard let targets = mapping.take("targets")?.sequence else {
      throw ConfigMapping.error(file, mapping.line, "targets must be a list of host:port")
    }
    let given = try mapping.texts("labels")
    try mapping.finish()
    let labels = given.filter { !$0.key.hasPrefix("__") }
    func hint(_ name: String) -> String? {
      given["__meta_rollcall_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
    }
    engines = try targets.map { target in
      let line = target.mark?.line ?? mapping.line
      guard let place = target.scalar?.string else {
        throw ConfigMapping.error(file, line, "a target must be a text: host:port")
      }
      do {
        var options = EngineOptions()
        options[.kind] = hint("engine_kind")
        options[.namespace] = hint("namespace")
        options[.cluster] = hint("cluster")
        options[.timeout] = given["__scrape_timeout__"]
        let url = "\(given["__scheme__"] ?? "http")://\(place)"
        return try options.spec(url: url, labels: labels).withDerivedID
      } catch {
        throw ConfigMapping.error(file, line, "\(error)")
      }
    }
  }
}

internal import Fleet
internal import Yams

/// Reads an engine from YAML: a mapping with a `url`.
enum EngineNode {
  private static let keys = [
    "url", "kind", "key", "key_env", "key_file", "namespace", "cluster", "labels", "draining", "id", "timeout",
  ]

  /// Reads one engine. Throws `CommandError` with the file's name and the line.
  static func engine(_ node: Node, file: String) throws -> EngineSpec {
    var mapping = try ConfigMapping(node, file: file, name: "an engine")
    guard let url = try mapping.text("url") else {
      throw ConfigMapping.error(file, mapping.line, "an engine must have a url")
    }
    let texts = try keys.reduce(into: [String: String]()) { texts, key in
      if key != "url", key != "labels" { texts[key] = try mapping.text(key) }
    }
    let labels = try mapping.texts("labels")
    try mapping.finish()
    do {
      var spec = try EngineSpec(
        url: url, kind: texts["kind"], key: texts["key"], keyEnv: texts["key_env"], keyFile: texts["key_file"],
        namespace: texts["namespace"], cluster: texts["cluster"], labels: labels,
        draining: texts["draining"], id: texts["id"])
      spec.timeout = try EngineSpec.timeout(texts["timeout"])
      return spec
    } catch {
      throw ConfigMapping.error(file, mapping.line, error.description)
    }
  }

  /// Reads a list of engines, which must differ in their ids and places. Throws `CommandError` with the file's name and
  /// the line.
  static func engines(_ nodes: Node.Sequence, file: String) throws -> [EngineSpec] {
    let engines = EngineSpec.withDistinctIDs(try nodes.map { try engine($0, file: file) })
    if let (index, error) = EngineSpec.firstRepeated(in: engines) {
      throw ConfigMapping.error(file, nodes[nodes.index(nodes.startIndex, offsetBy: index)].mark?.line ?? 0, "\(error)")
    }
    return engines
  }
}

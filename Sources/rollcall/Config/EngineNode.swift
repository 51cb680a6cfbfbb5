internal import Fleet
internal import Yams

/// Reads an engine from YAML: a mapping with a `url`.
enum EngineNode {
  /// Reads one engine. Throws `CommandError` with the file's name and the line.
  static func engine(_ node: Node, file: String) throws -> EngineSpec {
    var mapping = try ConfigMapping(node, file: file, name: "an engine")
    guard let url = try mapping.text("url") else {
      throw ConfigMapping.error(file, mapping.line, "an engine must have a url")
    }
    var options = EngineOptions()
    for option in EngineOption.allCases { options[option] = try mapping.text(option.key) }
    let labels = try mapping.texts("labels")
    try mapping.finish()
    do {
      return try options.spec(url: url, labels: labels)
    } catch {
      throw ConfigMapping.error(file, mapping.line, error.text(\.key))
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

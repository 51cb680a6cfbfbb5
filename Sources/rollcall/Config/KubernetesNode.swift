internal import Kubernetes
internal import Yams

/// Reads a Kubernetes cluster from YAML: a mapping, which may be empty.
enum KubernetesNode {
  private static let keys = [
    "name", "cluster", "config", "context", "namespaces", "selector", "labels", "version_label", "key_env", "key_file",
  ]

  /// Reads the settings of one cluster. Throws `CommandError` with the file's name and the line.
  static func settings(_ node: Node, file: String) throws -> KubernetesSettings {
    var mapping = try ConfigMapping(node, file: file, name: "a Kubernetes cluster")
    let namespaces = try mapping.list("namespaces").map(\.text)
    let labels = try mapping.list("labels").map(\.text)
    let texts = try keys.reduce(into: [String: String]()) { texts, key in
      if key != "namespaces", key != "labels" { texts[key] = try mapping.text(key) }
    }
    try mapping.finish()
    do {
      return try KubernetesSettings(
        name: texts["name"], cluster: texts["cluster"], config: texts["config"], context: texts["context"],
        namespaces: namespaces, selector: texts["selector"], labels: labels, versionLabel: texts["version_label"],
        keyEnv: texts["key_env"], keyFile: texts["key_file"])
    } catch {
      throw ConfigMapping.error(file, mapping.line, "kubernetes: \(error)")
    }
  }
}

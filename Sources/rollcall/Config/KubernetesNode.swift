internal import Fleet
internal import Kubernetes
internal import Yams

/// Reads a Kubernetes cluster from YAML: a mapping, which may be empty.
enum KubernetesNode {
  private static let keys = [
    "name", "cluster", "config", "context", "namespaces", "selector", "ports", "labels", "version_label", "key_env",
    "key_file", "scheme",
  ]
  private static let lists = ["namespaces", "ports", "labels"]

  /// Reads the settings of one cluster. Throws `CommandError` with the file's name and the line.
  static func settings(_ node: Node, file: String) throws -> KubernetesSettings {
    var mapping = try ConfigMapping(node, file: file, name: "a Kubernetes cluster")
    var texts: [String: String] = [:]
    var lists: [String: [String]] = [:]
    for key in keys {
      if Self.lists.contains(key) {
        lists[key] = try mapping.list(key).map(\.text)
      } else {
        texts[key] = try mapping.text(key)
      }
    }
    var options = EngineOptions()
    for option in EngineOption.allCases where option == .kind || option.isAsking {
      options[option] = try mapping.text(option.key)
    }
    try mapping.finish()
    do {
      return try KubernetesSettings(
        name: texts["name"], cluster: texts["cluster"], config: texts["config"], context: texts["context"],
        namespaces: lists["namespaces"] ?? [], selector: texts["selector"], ports: lists["ports"] ?? [],
        labels: lists["labels"] ?? [], versionLabel: texts["version_label"],
        keyEnv: texts["key_env"], keyFile: texts["key_file"], scheme: texts["scheme"],
        options: options)
    } catch {
      throw ConfigMapping.error(file, mapping.line, "kubernetes: \(error.text(\.key))")
    }
  }
}

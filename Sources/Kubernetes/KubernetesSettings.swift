package import Fleet

/// The settings for one cluster whose pods are engines.
package struct KubernetesSettings: Hashable, Sendable {
  /// The name in the source's id, `kubernetes/NAME`.
  package let name: String
  /// The cluster of the engines; empty: the server's own.
  package let cluster: String
  /// The path of a kubeconfig; nil: the access of the pod that this process runs in, else `KUBECONFIG` or
  /// `~/.kube/config`.
  package let config: String?
  /// The context of the kubeconfig; nil: its current context.
  package let context: String?
  /// The namespaces to watch; empty: all.
  package let namespaces: [String]
  package let selector: LabelSelector
  /// The ports that are engines of a pod that names none itself; a pod that has none of them has its usual port.
  package let ports: PodPorts
  /// Names of the pod labels that become labels of models.
  package let labels: [String]
  /// The label or annotation that holds a model's version.
  package let versionLabel: String
  package let key: APIKey?
  /// `http` or `https`, where the pod names no scheme.
  package let scheme: String
  /// How engines are asked where their pods name nothing else.
  package let options: EngineOptions

  /// The scopes of the parts: the namespaces, or the empty text for all namespaces.
  var scopes: [String] { namespaces.isEmpty ? [""] : namespaces }

  /// The beginning of the ids of the cluster's engines: the cluster's name and a slash, or nothing.
  var prefix: String { cluster.isEmpty ? "" : "\(cluster)/" }

  package static let defaultSelector = "model.aibrix.ai/name"
  package static let defaultVersionLabel = "model.aibrix.ai/version"

  /// Checks all settings. `keyEnv` or `keyFile`, of which at most one may be set, names the key that the engines
  /// require.
  package init(
    name: String? = nil, cluster: String? = nil, config: String? = nil, context: String? = nil,
    namespaces: [String] = [], selector: String? = nil, ports: [String] = [], labels: [String] = [],
    versionLabel: String? = nil, keyEnv: String? = nil, keyFile: String? = nil, scheme: String? = nil,
    options: EngineOptions = EngineOptions()
  ) throws(EngineSpecError) {
    self.cluster = cluster ?? ""
    self.name = name ?? (self.cluster.isEmpty ? "default" : self.cluster)
    self.config = config
    self.context = context
    self.namespaces = namespaces
    self.selector = try LabelSelector(selector ?? Self.defaultSelector)
    self.ports = try PodPorts(ports)
    self.labels = labels
    self.versionLabel = versionLabel ?? Self.defaultVersionLabel
    self.scheme = scheme ?? "http"
    self.options = options
    key = try APIKey.chosen(literal: nil, environment: keyEnv, file: keyFile)
    guard ["http", "https"].contains(self.scheme) else { throw EngineSpecError("scheme must be http or https") }
    _ = try options.spec(url: "http://x")
    guard EngineSpec.isClusterName(self.name) else {
      throw EngineSpecError("the name '\(self.name)' must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    guard self.cluster.isEmpty || EngineSpec.isClusterName(self.cluster) else {
      throw EngineSpecError("the cluster '\(self.cluster)' must be up to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    for namespace in namespaces where !EngineSpec.isClusterName(namespace) {
      throw EngineSpecError("'\(namespace)' is not a Kubernetes namespace")
    }
    guard Set(namespaces).count == namespaces.count else {
      throw EngineSpecError("a Kubernetes namespace is given twice")
    }
  }
}

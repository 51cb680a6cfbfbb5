package import Fleet

/// One cluster in which pods are engines.
package struct KubernetesSettings: Hashable, Sendable {
  /// What the source is called; `kubernetes/NAME`.
  package let name: String
  /// Of its engines; empty: the server's own.
  package let cluster: String
  /// The path of a kubeconfig; nil: that of the pod this runs in, else `KUBECONFIG` or `~/.kube/config`.
  package let config: String?
  /// Of the kubeconfig; nil: its current one.
  package let context: String?
  /// Empty: all.
  package let namespaces: [String]
  package let selector: LabelSelector
  /// Names of the pod labels that become labels of models.
  package let labels: [String]
  /// The label or annotation that tells a model's version.
  package let versionLabel: String
  package let key: APIKey?

  package static let defaultSelector = "model.aibrix.ai/name"
  package static let defaultVersionLabel = "model.aibrix.ai/version"

  /// Checks everything. At most one of `keyEnv` and `keyFile` may be given: the key that the engines want.
  package init(
    name: String? = nil, cluster: String? = nil, config: String? = nil, context: String? = nil,
    namespaces: [String] = [], selector: String? = nil, labels: [String] = [], versionLabel: String? = nil,
    keyEnv: String? = nil, keyFile: String? = nil
  ) throws(EngineSpecError) {
    self.cluster = cluster ?? ""
    self.name = name ?? (self.cluster.isEmpty ? "default" : self.cluster)
    self.config = config
    self.context = context
    self.namespaces = namespaces
    self.selector = try LabelSelector(selector ?? Self.defaultSelector)
    self.labels = labels
    self.versionLabel = versionLabel ?? Self.defaultVersionLabel
    key = try APIKey.chosen(literal: nil, environment: keyEnv, file: keyFile)
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

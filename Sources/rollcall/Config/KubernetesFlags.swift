internal import Fleet
internal import Kubernetes

/// The Kubernetes cluster that flags and variables describe together: `--kubernetes` and the `--kube` flags.
struct KubernetesFlags: Equatable {
  /// Whether a cluster is to be asked; nil: if anything else here says something.
  var isWanted: Bool?
  /// The path of a kubeconfig.
  var config: String?
  /// The name of a context of the kubeconfig.
  var context: String?
  var namespaces: [String] = []
  var selector: String?
  /// Names of pod labels.
  var labels: [String] = []

  var namesCluster: Bool {
    isWanted
      ?? (config != nil || context != nil || selector != nil || !namespaces.isEmpty || !labels.isEmpty)
  }

  /// The same flags, and those of a lower layer where these say nothing.
  func over(_ lower: KubernetesFlags) -> KubernetesFlags {
    var merged = self
    // A flag that describes the cluster asks for it, whatever a lower layer says.
    merged.isWanted = isWanted ?? (namesCluster ? true : lower.isWanted)
    merged.config = config ?? lower.config
    merged.context = context ?? lower.context
    merged.namespaces = namespaces.isEmpty ? lower.namespaces : namespaces
    merged.selector = selector ?? lower.selector
    merged.labels = labels.isEmpty ? lower.labels : labels
    return merged
  }

  /// One cluster, or none. Throws `EngineSpecError`.
  func settings() throws(EngineSpecError) -> [KubernetesSettings] {
    guard namesCluster else { return [] }
    return [
      try KubernetesSettings(
        config: config, context: context, namespaces: namespaces, selector: selector, labels: labels)
    ]
  }
}

internal import Fleet
internal import Kubernetes

/// The Kubernetes cluster that flags and variables describe together: `--kubernetes` and the `--kube` flags.
struct KubernetesFlags: Equatable {
  /// Whether the server uses the cluster; nil: it does if any other flag here is set.
  var isWanted: Bool?
  /// The path of a kubeconfig.
  var config: String?
  /// The name of a context of the kubeconfig.
  var context: String?
  var namespaces: [String] = []
  var selector: String?
  /// The ports that are engines of a pod that names none itself.
  var ports: [String] = []
  /// The names of the pod labels that become labels of models.
  var labels: [String] = []

  var namesCluster: Bool {
    isWanted
      ?? (config != nil || context != nil || selector != nil || !namespaces.isEmpty || !ports.isEmpty
        || !labels.isEmpty)
  }

  /// These flags, completed by the flags of a lower layer.
  func over(_ lower: KubernetesFlags) -> KubernetesFlags {
    var merged = self
    // A flag that describes the cluster also turns it on, even if a lower layer turns it off.
    merged.isWanted = isWanted ?? (namesCluster ? true : lower.isWanted)
    merged.config = config ?? lower.config
    merged.context = context ?? lower.context
    merged.namespaces = namespaces.isEmpty ? lower.namespaces : namespaces
    merged.selector = selector ?? lower.selector
    merged.ports = ports.isEmpty ? lower.ports : ports
    merged.labels = labels.isEmpty ? lower.labels : labels
    return merged
  }

  /// The settings of the cluster; empty when it is off. Throws `EngineSpecError`.
  func settings() throws(EngineSpecError) -> [KubernetesSettings] {
    guard namesCluster else { return [] }
    return [
      try KubernetesSettings(
        config: config, context: context, namespaces: namespaces, selector: selector, ports: ports,
        labels: labels)
    ]
  }
}

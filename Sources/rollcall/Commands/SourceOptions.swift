internal import ArgumentParser
internal import Fleet
internal import Kubernetes
internal import Peering
internal import Sources

/// The flags of `rollcall serve` about sources of engines.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The cluster of engines whose source names none, and the name of this server among its peers.",
      valueName: "name"),
    transform: { try SourceSettings.checkCluster($0) })
  var cluster: String?

  @Flag(
    help: """
      Find engines among the pods of a Kubernetes cluster: the one that this runs in, or that of a kubeconfig. The other \
      --kube options mean this too.
      """)
  var kubernetes = false

  @Option(help: ArgumentHelp("The kubeconfig (default: the pod's own, KUBECONFIG, ~/.kube/config).", valueName: "file"))
  var kubeConfig: String?

  @Option(help: ArgumentHelp("The context of the kubeconfig (default: its current one).", valueName: "name"))
  var kubeContext: String?

  @Option(
    name: .customLong("kube-namespace"),
    help: ArgumentHelp("A namespace to look in, as often as there are (default: all).", valueName: "name"))
  var kubeNamespaces: [String] = []

  @Option(
    help: ArgumentHelp(
      "Label selector of the pods that are engines (default: \(KubernetesSettings.defaultSelector)).",
      valueName: "selector"))
  var kubeSelector: String?

  @Option(
    name: .customLong("kube-port"),
    help: ArgumentHelp(
      """
      A port that is an engine, as often as there are: a number, the name of a container port, or the beginning of names \
      with '*'. A pod's own annotations win (default: the port http, the only one there is, or 8000).
      """, valueName: "port"))
  var kubePorts: [String] = []

  @Option(
    name: .customLong("kube-label"),
    help: ArgumentHelp("A pod label that becomes a label of its models, as often as there are.", valueName: "name"))
  var kubeLabels: [String] = []

  @Option(
    name: .customLong("peer"),
    help: ArgumentHelp(
      """
      Another Rollcall, whose engines are listed too, under the name of its cluster; as often as there are. Needs \
      --cluster on both sides.
      """, valueName: "cluster=url"),
    transform: { KeyedValue($0) { try PeerSettings(argument: $0) } })
  var peers: [KeyedValue<PeerSettings>] = []

  @Option(
    name: .customLong("dns"),
    help: ArgumentHelp(
      """
      A DNS name whose addresses are engines (NAME:PORT, such as that of a headless service), or srv:NAME for SRV \
      records. Options of an engine may follow after commas.
      """, valueName: "name"),
    transform: { KeyedValue($0) { try DNSSettings(argument: $0) } })
  var dns: [KeyedValue<DNSSettings>] = []

  @Option(
    help: ArgumentHelp(
      """
      Time between two queries of a DNS name, and the longest time for which the addresses of an engine's host name \
      are kept (default: 10s).
      """, valueName: "duration"),
    transform: parseDuration)
  var dnsInterval: Duration?

  @Option(
    name: .customLong("engines-file"),
    help: ArgumentHelp(
      """
      A YAML or JSON file that lists engines (`url` and options, or Prometheus' `targets` and `labels`); read again \
      whenever it changes.
      """, valueName: "file"))
  var engineFiles: [String] = []

  /// Checks the flags. Throws `ValidationError`.
  func validate() throws {
    do {
      _ = try kubernetesFlags.settings()
      for peer in peers { try peer.check() }
      for name in dns { try name.check() }
    } catch {
      throw ValidationError("\(error)")
    }
  }

  private var kubernetesFlags: KubernetesFlags {
    KubernetesFlags(
      isWanted: kubernetes ? true : nil, config: kubeConfig, context: kubeContext, namespaces: kubeNamespaces,
      selector: kubeSelector, ports: kubePorts, labels: kubeLabels)
  }

  /// Copies these flags into the layer of the command line.
  func state(in commandLine: inout SettingsLayer) {
    commandLine.kubernetes = kubernetesFlags
    commandLine.sources.cluster = cluster
    commandLine.sources.peers = peers.compactMap(\.value)
    commandLine.sources.dns = dns.compactMap(\.value)
    commandLine.sources.dnsInterval = dnsInterval
    commandLine.sources.engineFiles = engineFiles
  }
}

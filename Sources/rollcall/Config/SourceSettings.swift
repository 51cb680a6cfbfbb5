internal import Fleet
internal import Kubernetes
internal import Peering
internal import Sources

/// The sources that find engines besides the engines that the settings name. nil or empty: the layer does not state the
/// setting.
struct SourceSettings: Equatable {
  var cluster: String?
  var kubernetes: [KubernetesSettings] = []
  var peers: [PeerSettings] = []
  var dns: [DNSSettings] = []
  var dnsInterval: Duration?
  /// The paths of files of engines.
  var engineFiles: [String] = []

  var count: Int { kubernetes.count + peers.count + dns.count + engineFiles.count }
  var isEmpty: Bool { count == 0 }
  /// The time between two queries of a name.
  var nameInterval: Duration { dnsInterval ?? .seconds(10) }

  /// A copy of these settings for a server of another cluster.
  func of(cluster: String?) -> SourceSettings {
    var settings = self
    settings.cluster = cluster
    return settings
  }

  /// Joins the sources of all layers, highest layer first, and the cluster that flags describe. Throws `CommandError`
  /// for sources that exclude each other.
  static func joined(_ layers: [SourceSettings], _ flags: KubernetesFlags) throws -> SourceSettings {
    var joined = SourceSettings()
    joined.cluster = layers.lazy.compactMap(\.cluster).first
    joined.dnsInterval = layers.lazy.compactMap(\.dnsInterval).first
    let described: [KubernetesSettings]
    do {
      described = try flags.settings()
    } catch {
      throw CommandError(error.description)
    }
    joined.kubernetes = try unique(described + layers.flatMap(\.kubernetes), "Kubernetes cluster", \.name)
    joined.peers = try unique(layers.flatMap(\.peers), "peer", \.id.description)
    if !joined.peers.isEmpty {
      guard let cluster = joined.cluster else {
        throw CommandError("peers know each other by the names of their clusters: give this one a name with --cluster")
      }
      guard !joined.peers.contains(where: { $0.cluster == cluster }) else {
        throw CommandError("the peer '\(cluster)' has the name of this server's own cluster")
      }
    }
    joined.dns = try unique(layers.flatMap(\.dns), "DNS name", \.id.description)
    joined.engineFiles = try unique(layers.flatMap(\.engineFiles), "file of engines", \.self)
    return joined
  }

  private static func unique<Source>(
    _ sources: [Source], _ kind: String, _ name: (Source) -> String
  ) throws -> [Source] {
    var seen: Set<String> = []
    for source in sources where !seen.insert(name(source)).inserted {
      throw CommandError("the \(kind) \(name(source)) is given twice")
    }
    return sources
  }

  /// Checks the name of a cluster and returns it. Throws `CommandError`.
  static func checkCluster(_ text: String) throws -> String {
    guard !text.isEmpty, EngineSpec.isClusterName(text) else {
      throw CommandError("the cluster '\(text)' must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    return text
  }
}

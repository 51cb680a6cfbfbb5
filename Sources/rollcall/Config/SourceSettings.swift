internal import Fleet
internal import Kubernetes
internal import Peering
internal import Sources

/// Where engines are found beside those that are named; nil and empty where a layer states nothing.
struct SourceSettings: Equatable {
  var cluster: String?
  var kubernetes: [KubernetesSettings] = []
  var peers: [PeerSettings] = []
  var dns: [DNSSettings] = []
  var dnsInterval: Duration?
  /// Paths.
  var engineFiles: [String] = []

  var count: Int { kubernetes.count + peers.count + dns.count + engineFiles.count }
  var isEmpty: Bool { count == 0 }

  /// The same sources, of a server of this cluster.
  func of(cluster: String?) -> SourceSettings {
    var settings = self
    settings.cluster = cluster
    return settings
  }

  /// The sources of all layers, the highest first, and the cluster that flags describe. Throws `CommandError` for sources
  /// that exclude each other.
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
    _ sources: [Source], _ what: String, _ name: (Source) -> String
  ) throws -> [Source] {
    var seen: Set<String> = []
    for source in sources where !seen.insert(name(source)).inserted {
      throw CommandError("the \(what) \(name(source)) is given twice")
    }
    return sources
  }

  /// Throws `CommandError`.
  static func checkCluster(_ text: String) throws -> String {
    guard !text.isEmpty, EngineSpec.isClusterName(text) else {
      throw CommandError("the cluster '\(text)' must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    return text
  }
}

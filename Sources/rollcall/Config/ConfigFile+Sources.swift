internal import Peering
internal import Sources
internal import Yams

/// What a configuration file says of where engines are found.
extension ConfigFile {
  static let sourceKeys = ["cluster", "kubernetes", "peers", "dns", "dns_interval", "engine_files"]

  mutating func readSources(_ mapping: inout ConfigMapping) throws {
    sources.cluster = try mapping.value("cluster", SourceSettings.checkCluster)
    if let node = mapping.take("kubernetes") {
      sources.kubernetes = try (node.sequence.map { Array($0) } ?? [node]).map {
        try KubernetesNode.settings($0, file: mapping.file)
      }
    }
    if let node = mapping.take("peers") {
      guard let sequence = node.sequence else {
        throw ConfigMapping.error(
          mapping.file, node.mark?.line ?? 0, "peers must be a list, each with a cluster and a url")
      }
      sources.peers = try sequence.map { try Self.peer($0, file: mapping.file) }
    }
    sources.dns = try mapping.list("dns").map { text, line in
      do {
        return try DNSSettings(argument: text)
      } catch {
        throw ConfigMapping.error(mapping.file, line, "dns: \(error)")
      }
    }
    sources.dnsInterval = try mapping.value("dns_interval", parseDuration)
    sources.engineFiles = try mapping.list("engine_files").map(\.text)
  }

  private static func peer(_ node: Node, file: String) throws -> PeerSettings {
    var mapping = try ConfigMapping(node, file: file, what: "a peer")
    guard let cluster = try mapping.text("cluster"), let url = try mapping.text("url") else {
      throw ConfigMapping.error(file, mapping.line, "a peer must have a cluster and a url")
    }
    try mapping.finish(known: ["cluster", "url"])
    do {
      return try PeerSettings(cluster: cluster, url: url)
    } catch {
      throw ConfigMapping.error(file, mapping.line, "\(error)")
    }
  }
}

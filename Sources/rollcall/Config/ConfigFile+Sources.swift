internal import Discovery
internal import Yams

/// What a configuration file says of where engines are found.
extension ConfigFile {
  static let sourceKeys = ["cluster", "kubernetes", "dns", "dns_interval", "engine_files"]

  mutating func readSources(_ mapping: inout ConfigMapping) throws {
    sources.cluster = try mapping.value("cluster", SourceSettings.checkCluster)
    if let node = mapping.take("kubernetes") {
      sources.kubernetes = try (node.sequence.map { Array($0) } ?? [node]).map {
        try KubernetesNode.settings($0, file: mapping.file)
      }
    }
    sources.dns = try mapping.list("dns").map { text, line in
      do {
        return try DNSSettings(argument: text)
      } catch {
        throw ConfigMapping.error(mapping.file, line, "dns: \(error)")
      }
    }
    sources.dnsInterval = try mapping.value("dns_interval", DurationText.parse)
    sources.engineFiles = try mapping.list("engine_files").map(\.text)
  }
}

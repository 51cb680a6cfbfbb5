internal import Fleet
internal import Kubernetes
internal import Logging
internal import Peering
internal import Sources

/// A source and the settings from which it is made.
struct ChosenSource {
  /// The settings of a source. Sources with equal settings behave alike, so a reload keeps the running source.
  enum Wanted: Hashable {
    case kubernetes(KubernetesSettings)
    case peer(PeerSettings)
    case dns(DNSSettings, interval: Duration)
    case file(path: String)
  }

  let wanted: Wanted
  let source: any EngineSource
}

extension SourceSettings {
  /// The sources that find engines besides the command line and the configuration file. `cluster`: this server's own;
  /// empty: it has no name. Throws `CommandError` for settings from which no source can be made.
  func chosen(cluster: String, _ probes: ProbeSettings, logger: Logger) throws -> [ChosenSource] {
    let wanted: [ChosenSource.Wanted] =
      peers.map { .peer($0) } + kubernetes.map { .kubernetes($0) } + engineFiles.map { .file(path: $0) }
      + dns.map { .dns($0, interval: nameInterval) }
    return try wanted.map { wanted in
      let source: any EngineSource =
        switch wanted {
        case .kubernetes(let settings):
          try Self.kubernetes(settings, logger)
        case .peer(let settings): PeerSource(settings, home: cluster, probes: probes)
        case .dns(let settings, let interval): DNSSource(settings, interval: interval)
        case .file(let path): FileSource(path: path) { try EngineFile.read($0) }
        }
      return ChosenSource(wanted: wanted, source: source)
    }
  }

  private static func kubernetes(_ settings: KubernetesSettings, _ logger: Logger) throws -> KubernetesSource {
    do {
      return try KubernetesSource(settings, logger: logger)
    } catch {
      throw CommandError("\(error)")
    }
  }
}

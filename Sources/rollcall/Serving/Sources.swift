internal import Discovery
internal import Logging

extension SourceSettings {
  /// Everything that finds engines but the command line and the configuration file. Throws `CommandError` for what cannot
  /// be used as it is.
  func sources(_ probes: ProbeSettings, logger: Logger) throws -> [any EngineSource] {
    let clusters: [any EngineSource] = try kubernetes.map { settings in
      do {
        return try KubernetesSource(settings, logger: logger)
      } catch {
        throw CommandError("\(error)")
      }
    }
    let files: [any EngineSource] = engineFiles.map { FileSource(path: $0) { try EngineFile.read($0) } }
    let names: [any EngineSource] = dns.map { DNSSource($0, interval: dnsInterval ?? .seconds(10)) }
    let others: [any EngineSource] = peers.map { PeerSource($0, home: cluster ?? "", probes: probes) }
    return others + clusters + files + names
  }
}

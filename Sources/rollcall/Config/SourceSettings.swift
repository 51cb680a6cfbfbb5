internal import Discovery

/// Where engines are found beside those that are named; nil and empty where nothing is said.
struct SourceSettings: Equatable {
  var cluster: String?
  var kubernetes: [KubernetesSettings] = []
  var dns: [DNSSettings] = []
  var dnsInterval: Duration?
  /// Paths.
  var engineFiles: [String] = []

  /// What the command line says, else the file; sources of both are joined. Throws `CommandError` for what cannot be
  /// together.
  static func joined(_ commandLine: SourceSettings, _ file: SourceSettings) throws -> SourceSettings {
    var joined = SourceSettings()
    joined.cluster = commandLine.cluster ?? file.cluster
    joined.kubernetes = try unique(commandLine.kubernetes + file.kubernetes, "Kubernetes cluster", \.name)
    joined.dns = try unique(commandLine.dns + file.dns, "DNS name", \.name)
    joined.dnsInterval = commandLine.dnsInterval ?? file.dnsInterval
    joined.engineFiles = try unique(commandLine.engineFiles + file.engineFiles, "file of engines", \.self)
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

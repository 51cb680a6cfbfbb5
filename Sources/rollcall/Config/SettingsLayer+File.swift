internal import HTTP
internal import Peering
internal import Sources
internal import Yams

extension SettingsLayer {
  /// Reads the configuration file at a path. Throws `CommandError` with the file's name and, where it is known, the line.
  static func read(_ path: String) throws -> SettingsLayer {
    try SettingsLayer(try YAMLText.read(path), file: path)
  }

  /// Reads the text of a configuration file; `file` is its name in errors. Throws `CommandError`.
  init(_ text: String, file: String) throws {
    guard let root = try YAMLText.compose(text, file: file) else { return }
    var mapping = try ConfigMapping(root, file: file, name: "the file")
    mapping.dropExtensions()
    try readValues(from: &mapping)
    guard data == nil || inMemory != true else {
      throw ConfigMapping.error(file, mapping.line, "data and in_memory exclude each other")
    }
    try readSources(from: &mapping)
    if let node = mapping.take("limits") {
      limits = try ConfigMapping(node, file: file, name: "limits").pairs().map { name, text, line in
        do {
          return try LimitSetting(name: name, text)
        } catch {
          throw ConfigMapping.error(file, line, "limits: \(error)")
        }
      }
    }
    trustedProxies = try mapping.list("trusted_proxies", parseAddressRange)
    proxyProtocol = try mapping.list("proxy_protocol", parseAddressRange)
    egress.allowed = try mapping.list("allow_engine_addresses", parseAddressRange)
    egress.denied = try mapping.list("deny_engine_addresses", parseAddressRange)
    egress.schemes = try mapping.list("engine_schemes", parseEngineScheme)
    tls.certFiles = try mapping.list("tls_certs").map(\.text)
    tls.keyFiles = try mapping.list("tls_keys").map(\.text)
    let origins = try mapping.list("allow_origins", parseAllowedOrigins)
    do {
      allowedOrigins = try AllowedOrigins(joining: origins)
    } catch {
      throw ConfigMapping.error(file, mapping.line, "allow_origins: \(error)")
    }
    if let node = mapping.take("engines") {
      statesEngines = true
      guard let sequence = node.sequence else {
        throw ConfigMapping.error(file, node.mark?.line ?? 0, "engines must be a list, each with a url")
      }
      engines = try EngineNode.engines(sequence, file: file)
    }
    try mapping.finish()
  }

  private mutating func readSources(from mapping: inout ConfigMapping) throws {
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
    sources.dns = try mapping.list("dns") { try DNSSettings(argument: $0) }
    sources.engineFiles = try mapping.list("engine_files").map(\.text)
  }

  private static func peer(_ node: Node, file: String) throws -> PeerSettings {
    var mapping = try ConfigMapping(node, file: file, name: "a peer")
    guard let cluster = try mapping.text("cluster"), let url = try mapping.text("url") else {
      throw ConfigMapping.error(file, mapping.line, "a peer must have a cluster and a url")
    }
    var options: [String: String] = [:]
    for name in PeerSettings.options { options[name] = try mapping.text(name.replacing("-", with: "_")) }
    try mapping.finish()
    do {
      return try PeerSettings(cluster: cluster, url: url, tls: try PeerSettings.tls(options))
    } catch {
      throw ConfigMapping.error(file, mapping.line, "\(error)")
    }
  }
}

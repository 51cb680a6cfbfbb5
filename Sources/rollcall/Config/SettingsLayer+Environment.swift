internal import Fleet
internal import HTTP
internal import Kubernetes
internal import Peering
internal import Sources

extension SettingsLayer {
  /// Reads the environment: every flag of `rollcall serve` has a variable. Throws `CommandError` with the variable's name.
  init(_ variables: inout EnvironmentVariables) throws {
    try readValues(from: &variables)
    guard data == nil || inMemory != true else {
      throw CommandError("ROLLCALL_DATA and ROLLCALL_IN_MEMORY exclude each other")
    }
    config = try variables.value("config") { $0 }
    engines = try variables.list("engine") { text in
      // The text itself is not repeated: it may be a piece of a key that holds a space.
      guard text.prefix(while: { $0 != "," }).contains("://") else {
        throw CommandError("a value is not an engine's URL; values hold no spaces")
      }
      return try EngineSpec(argument: text)
    }
    statesEngines = !engines.isEmpty
    sources.peers = try variables.list("peer") { try PeerSettings(argument: $0) }
    sources.dns = try variables.list("dns") { try DNSSettings(argument: $0) }
    sources.engineFiles = try variables.list("engines_file") { $0 }

    limits = try variables.list("limit") { try LimitSetting(argument: $0) }
    trustedProxies = try variables.list("trusted_proxy", parseAddressRange)
    tls.certFiles = try variables.list("tls_cert") { $0 }
    tls.keyFiles = try variables.list("tls_key") { $0 }
    egress.allowed = try variables.list("allow_engine_address", parseAddressRange)
    egress.denied = try variables.list("deny_engine_address", parseAddressRange)
    egress.schemes = try variables.list("engine_scheme", parseEngineScheme)
    proxyProtocol = try variables.list("proxy_protocol", parseAddressRange)
    do {
      allowedOrigins = try AllowedOrigins(joining: try variables.list("allow_origin", parseAllowedOrigins))
    } catch let error as OriginError {
      throw CommandError("ROLLCALL_ALLOW_ORIGIN: \(error)")
    }

    kubernetes.isWanted = try variables.value("kubernetes", parseSwitch)
    kubernetes.config = try variables.value("kube_config") { $0 }
    kubernetes.context = try variables.value("kube_context") { $0 }
    kubernetes.namespaces = try variables.list("kube_namespace") { name in
      _ = try KubernetesSettings(namespaces: [name])
      return name
    }
    kubernetes.selector = try variables.value("kube_selector") { selector in
      _ = try KubernetesSettings(selector: selector)
      return selector
    }
    kubernetes.ports = try variables.list("kube_port") { port in
      _ = try KubernetesSettings(ports: [port])
      return port
    }
    kubernetes.labels = try variables.list("kube_label") { $0 }
  }
}

/// An option of an engine. The raw value is its name on the command line; each other grammar derives its spelling from
/// it here, so that an option exists in all grammars or in none.
package enum EngineOption: String, Hashable, Sendable, CaseIterable {
  case kind
  case key
  case keyEnv = "key-env"
  case keyFile = "key-file"
  /// How the key is sent: `bearer`, `basic` or `header:NAME`.
  case auth
  /// The path of the list.
  case list
  /// The path that reports the health.
  case health
  /// Whether metrics are read: `on` or `off`.
  case metrics
  case caFile = "ca-file"
  case serverName = "server-name"
  case certFile = "cert-file"
  case certKeyFile = "cert-key-file"
  /// Whether any certificate of the engine is accepted: `true` or `false`.
  case insecure
  case proofTimeout = "proof-timeout"
  case namespace
  case cluster
  case draining
  case id
  case timeout

  /// The name as a key in YAML: `key_env`.
  package var key: String { rawValue.replacing("-", with: "_") }

  /// The name as an annotation of a pod: `rollcall.io/key-env`. The time-out's is `rollcall.io/probe-timeout`.
  package var annotation: String { "rollcall.io/\(self == .timeout ? "probe-timeout" : rawValue)" }

  /// The name as a label of Prometheus' targets: `__rollcall_key_env__`.
  package var targetLabel: String { "__rollcall_\(key)__" }

  /// Whether its value names a variable or a file of this server. A source that others than the server's operator can
  /// write must not set it: the server would send its own secrets to an engine of their choice.
  package var isReference: Bool {
    switch self {
    case .keyEnv, .keyFile, .caFile, .certFile, .certKeyFile: true
    default: false
    }
  }

  /// Whether it sets how the engine is asked: no other option is one of a registration, which has fields for them.
  package var isAsking: Bool {
    switch self {
    case .auth, .list, .health, .metrics, .caFile, .serverName, .certFile, .certKeyFile, .insecure, .timeout,
      .proofTimeout:
      true
    case .kind, .key, .keyEnv, .keyFile, .namespace, .cluster, .draining, .id: false
    }
  }

  /// The names of options, for errors.
  static func names(_ options: [EngineOption] = allCases) -> String {
    options.map(\.rawValue).joined(separator: ", ")
  }
}

/// Where an engine's API key is found. It is read anew for each probe, so that it can be rotated, and never printed.
package enum APIKey: Hashable, Sendable {
  case literal(String)
  case environment(String)
  case file(String)

  /// Chooses the key that is given; nil when none is.
  package static func chosen(
    literal: String?, environment: String?, file: String?
  ) throws(EngineSpecError) -> APIKey? {
    var keys: [APIKey] = []
    if let literal { keys.append(.literal(literal)) }
    if let environment { keys.append(.environment(environment)) }
    if let file { keys.append(.file(file)) }
    guard keys.count <= 1 else {
      throw EngineSpecError(
        "an engine has one key: give only one of key, key-env and key-file", in: [.key, .keyEnv, .keyFile])
    }
    guard literal != "", environment != "", file != "" else {
      throw EngineSpecError("key, key-env and key-file must not be empty", in: [.key, .keyEnv, .keyFile])
    }
    return keys.first
  }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    switch self {
    case .literal: "(key)"
    case .environment(let name): "key-env \(name)"
    case .file(let path): "key-file \(path)"
    }
  }

  package var debugDescription: String { description }

  /// Without it, `dump` and default descriptions of values with a key would print the key.
  package var customMirror: Mirror { Mirror(self, children: ["key": description]) }
}

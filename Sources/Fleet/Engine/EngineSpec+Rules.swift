import Catalog

/// What the parts of a description may be.
extension EngineSpec {
  static func kind(named name: String?) throws(EngineSpecError) -> EngineKind? {
    guard let name else { return nil }
    guard let kind = EngineKind(rawValue: name) else {
      let allowed = EngineKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw EngineSpecError("'\(name)' is not a kind of engine: it must be one of \(allowed), or left out to detect it")
    }
    return kind
  }

  package static func key(
    literal: String?, environment: String?, file: String?
  ) throws(EngineSpecError) -> APIKey? {
    var keys: [APIKey] = []
    if let literal { keys.append(.literal(literal)) }
    if let environment { keys.append(.environment(environment)) }
    if let file { keys.append(.file(file)) }
    guard keys.count <= 1 else {
      throw EngineSpecError("an engine has one key: give only one of key, key-env and key-file")
    }
    guard literal != "", environment != "", file != "" else {
      throw EngineSpecError("key, key-env and key-file must not be empty")
    }
    return keys.first
  }

  /// `draining`, as it is written.
  static func isTrue(_ text: String?) throws(EngineSpecError) -> Bool {
    guard let text else { return false }
    guard let value = Bool(text) else { throw EngineSpecError("draining is '\(text)': it must be true or false") }
    return value
  }

  func checkNames() throws(EngineSpecError) {
    guard (1...256).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw EngineSpecError("the id '\(id)' must be 1 to 256 printable ASCII characters without spaces")
    }
    guard Self.isName(namespace, limit: 63) else {
      throw EngineSpecError("the namespace '\(namespace)' must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    guard cluster.isEmpty || Self.isClusterName(cluster) else {
      throw EngineSpecError("the cluster '\(cluster)' must be up to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    guard labels.count <= Observation.labelLimit else {
      throw EngineSpecError("the engine '\(id)' has more than \(Observation.labelLimit) labels")
    }
    for (key, value) in labels {
      guard Self.isName(key.lowercased(), limit: 317, more: "/") else {
        throw EngineSpecError("the label '\(key)' must be 1 to 317 letters, digits, '-', '.', '_' and '/'")
      }
      guard value.utf8.count <= 256, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
        throw EngineSpecError("the value of the label '\(key)' must be up to 256 bytes without control characters")
      }
    }
  }

  package static func isClusterName(_ text: String) -> Bool { isName(text, limit: 63) }

  private static func isName(_ text: String, limit: Int, more: String = "") -> Bool {
    let allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._" + more
    return (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy(allowed.utf8.contains)
  }
}

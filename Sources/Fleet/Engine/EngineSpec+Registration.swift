package import Catalog

extension EngineSpec {
  private static let urlLimit = 2_048
  private static let keyLimit = 4_096

  /// The engine that a registration claims; `cluster`: the server's own. Blames the field that is wrong.
  package init(_ registration: Registration, in cluster: String) throws(RegistrationError) {
    let url = registration.url
    guard url.utf8.count <= Self.urlLimit else {
      throw .invalid(field: "url", "is longer than \(Self.urlLimit) bytes")
    }
    for (field, text) in [("key_env", registration.keyEnv), ("key_file", registration.keyFile)] {
      guard text.utf8.count <= Self.keyLimit else {
        throw .invalid(field: field, "is longer than \(Self.keyLimit) bytes")
      }
    }
    func filled(_ text: String) -> String? { text.isEmpty ? nil : text }
    let kind = filled(registration.kind)
    // Field by field, so that what is refused has a name.
    let known = try Self.blame("url") { () throws(EngineSpecError) in try EngineSpec(url: url) }
    _ = try Self.blame("kind") { () throws(EngineSpecError) in try EngineSpec(url: url, kind: kind) }
    _ = try Self.blame("namespace") { () throws(EngineSpecError) in
      try EngineSpec(url: url, namespace: registration.namespace)
    }
    _ = try Self.blame("cluster") { () throws(EngineSpecError) in
      try EngineSpec(url: url, cluster: registration.cluster)
    }
    _ = try Self.blame("labels") { () throws(EngineSpecError) in
      try EngineSpec(url: url, labels: registration.labels)
    }
    let id =
      filled(registration.engineID)
      ?? Self.derivedID(known.url, namespace: registration.namespace, cluster: registration.cluster)
    self = try Self.blame(registration.engineID.isEmpty ? "url" : "id") { () throws(EngineSpecError) in
      try EngineSpec(
        url: url, kind: kind, keyEnv: filled(registration.keyEnv), keyFile: filled(registration.keyFile),
        namespace: registration.namespace, cluster: registration.cluster, labels: registration.labels, id: id)
    }
    if self.cluster.isEmpty { self.cluster = cluster }
  }

  private static func blame(
    _ field: String, _ body: () throws(EngineSpecError) -> EngineSpec
  ) throws(RegistrationError) -> EngineSpec {
    do throws(EngineSpecError) {
      return try body()
    } catch {
      throw .invalid(field: field, error.description)
    }
  }
}

package import Catalog

extension Registration {
  private static let urlLimit = 2_048
  private static let keyLimit = 4_096

  /// The engine that this registration claims; `ownCluster`: the server's own. The error names the wrong field.
  package func engineSpec(in ownCluster: String) throws(RegistrationError) -> EngineSpec {
    guard url.utf8.count <= Self.urlLimit else {
      throw .invalid(field: "url", "is longer than \(Self.urlLimit) bytes")
    }
    for (field, text) in [("key_env", keyEnv), ("key_file", keyFile)] {
      guard text.utf8.count <= Self.keyLimit else {
        throw .invalid(field: field, "is longer than \(Self.keyLimit) bytes")
      }
    }
    func filled(_ text: String) -> String? { text.isEmpty ? nil : text }
    let kind = filled(self.kind)
    // Each field alone, so that the error can name the refused one.
    let known = try Self.blame("url") { () throws(EngineSpecError) in try EngineSpec(url: url) }
    _ = try Self.blame("kind") { () throws(EngineSpecError) in try EngineSpec(url: url, kind: kind) }
    _ = try Self.blame("namespace") { () throws(EngineSpecError) in
      try EngineSpec(url: url, namespace: namespace)
    }
    _ = try Self.blame("cluster") { () throws(EngineSpecError) in
      try EngineSpec(url: url, cluster: cluster)
    }
    _ = try Self.blame("labels") { () throws(EngineSpecError) in
      try EngineSpec(url: url, labels: labels)
    }
    let id =
      filled(engineID)
      ?? EngineSpec.derivedID(known.url, namespace: namespace, cluster: cluster)
    var spec = try Self.blame(engineID.isEmpty ? "url" : "id") { () throws(EngineSpecError) in
      try EngineSpec(
        url: url, kind: kind, keyEnv: filled(keyEnv), keyFile: filled(keyFile),
        namespace: namespace, cluster: cluster, labels: labels, id: id)
    }
    if spec.cluster.isEmpty { spec.cluster = ownCluster }
    return spec
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

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
    let known: EngineURL
    do throws(EngineSpecError) {
      known = try EngineSpec(url: url).url
    } catch {
      throw .invalid(field: "url", error.description)
    }
    var options = try askingOptions
    func filled(_ text: String) -> String? { text.isEmpty ? nil : text }
    options[.kind] = filled(kind)
    options[.keyEnv] = filled(keyEnv)
    options[.keyFile] = filled(keyFile)
    options[.namespace] = namespace
    options[.cluster] = cluster
    options[.id] = filled(engineID) ?? EngineSpec.derivedID(known, namespace: namespace, cluster: cluster)
    var spec: EngineSpec
    do throws(EngineSpecError) {
      spec = try options.spec(url: url, labels: labels)
    } catch {
      throw .invalid(field: field(of: error.options.first), error.description)
    }
    if spec.cluster.isEmpty { spec.cluster = ownCluster }
    return spec
  }

  /// The options with which the client sets how the engine is asked.
  private var askingOptions: EngineOptions {
    get throws(RegistrationError) {
      guard options.keys.allSatisfy({ EngineOption(rawValue: $0)?.isAsking == true }) else {
        let allowed = EngineOption.names(EngineOption.allCases.filter(\.isAsking))
        throw .invalid(field: "options", "has an unknown option: allowed are \(allowed)")
      }
      return EngineOptions(options, spelling: \.rawValue)
    }
  }

  /// The field of the request that holds an option; nil is a label.
  private func field(of option: EngineOption?) -> String {
    switch option {
    case nil: "labels"
    case .id: engineID.isEmpty ? "url" : "id"
    case let option?: option.isAsking ? "options" : option.key
    }
  }
}

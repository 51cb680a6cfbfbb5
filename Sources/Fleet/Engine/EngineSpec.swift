import Catalog
package import HTTP

/// One engine as a source describes it.
package struct EngineSpec: Hashable, Sendable {
  /// Unique in the fleet and stable across restarts: `host:port[/path]` of the URL unless given.
  package private(set) var id: String
  package let url: EngineURL
  /// nil: detected from the answers.
  package let kind: EngineKind?
  package private(set) var key: APIKey?
  package let namespace: String
  /// Empty: the server's own.
  package internal(set) var cluster: String
  /// Every model of the engine carries them.
  package let labels: [String: String]
  /// The time that it has to answer a probe; nil: the server's own.
  package var timeout: Duration?
  /// The time that it has for a proof of life; nil: the server's own.
  package var proofTimeout: Duration?
  /// The paths that are asked.
  package var paths = EnginePaths()
  /// How its certificates are checked.
  package var tls = ClientTLS()
  /// How its key is sent.
  package var keyScheme = KeyScheme.bearer
  /// Whether its source reports that it ends and should get no new work.
  package var isDraining: Bool
  /// The UID of the Kubernetes pod that it runs in; empty where that is not known.
  package var podUID = ""
  /// The lifecycle phase that its source reports.
  package var lifecycle = LifecycleHint.none
  /// Ids of the models that it is meant to serve, until it reports those that it does serve.
  package var models: [String] = []
  /// The version of base models that report none; empty: unknown.
  package var modelVersion = ""
  /// Whether it has a key that only its source knows, which has not answered since the start.
  package var isKeyUnknown = false
  /// The claims of which this description was made, as the store keeps them. A source leaves them empty.
  var claims: [EngineClaim] = []
  /// The resources that it was given, in counts and bytes by Kubernetes' names, such as `nvidia.com/gpu`.
  package var resources: [String: Double] = [:]
  /// The workload that it belongs to (`namespace/Deployment name`, with the cluster in front if any); empty: none.
  package var workload = ""

  /// Checks every field, for the command line, the configuration file and all other sources.
  ///
  /// At most one of `key` (the key itself), `keyEnv` (a variable's name) and `keyFile` (a path) may be given.
  package init(
    url: String, kind: String? = nil, key: String? = nil, keyEnv: String? = nil, keyFile: String? = nil,
    namespace: String? = nil, cluster: String? = nil, labels: [String: String] = [:], draining: String? = nil,
    id: String? = nil
  ) throws(EngineSpecError) {
    self.url = try EngineURL(url)
    self.kind = try EngineKind.named(kind)
    self.key = try APIKey.chosen(literal: key, environment: keyEnv, file: keyFile)
    self.namespace = namespace ?? defaultNamespace
    self.cluster = cluster ?? ""
    self.labels = labels
    isDraining = try Self.isTrue(draining)
    self.id = id ?? "\(self.url.host):\(self.url.port)\(self.url.path)"
    try checkNames()
  }

  package var place: EnginePlace { EnginePlace(cluster: cluster, namespace: namespace, url: url.description) }

  /// Whether it is another pod, or another tenant's engine, at the name or address of the old one.
  func isAnotherEngine(than old: EngineSpec) -> Bool {
    namespace != old.namespace || cluster != old.cluster
      || !podUID.isEmpty && !old.podUID.isEmpty && podUID != old.podUID
  }

  /// Whether probes reach both in the same way, so that what is known of the engine still holds.
  package func hasSameContact(as other: EngineSpec) -> Bool {
    url == other.url && kind == other.kind && key == other.key && paths == other.paths
      && tls == other.tls && keyScheme == other.keyScheme
  }

  package mutating func setKey(_ key: APIKey?) { self.key = key }

  /// Drops the key, because the address may not be the engine's any more.
  mutating func withholdKey() {
    isKeyUnknown = isKeyUnknown || key != nil
    key = nil
  }

  /// The same under another id.
  package func named(_ id: String) -> EngineSpec {
    var spec = self
    spec.id = id
    return spec
  }

  /// The same engine under its derived id.
  package var withDerivedID: EngineSpec { named(Self.derivedID(url, namespace: namespace, cluster: cluster)) }

  /// The id of an engine without a chosen id: its address with the cluster and the namespace in front, unless they are
  /// the default ones. All sources but the static one use it.
  package static func derivedID(_ url: EngineURL, namespace: String, cluster: String) -> String {
    let place = "\(url.host):\(url.port)\(url.path)"
    if !cluster.isEmpty { return "\(cluster)/\(namespace)/\(place)" }
    return namespace == defaultNamespace ? place : "\(namespace)/\(place)"
  }

  /// The engines with their namespaces in the ids that would be the same: the same URL in another namespace is another
  /// engine.
  package static func withDistinctIDs(_ specs: [EngineSpec]) -> [EngineSpec] {
    let places = Dictionary(specs.map { ($0.id, [$0.place]) }) { $0 + $1 }
    return specs.map { spec in
      let isPlain = spec.id == "\(spec.url.host):\(spec.url.port)\(spec.url.path)"
      let isShared = places[spec.id]?.contains { $0 != spec.place } == true
      return isPlain && isShared ? spec.withDerivedID : spec
    }
  }

  /// Refuses two engines with one id, and two engines at one place.
  package static func checkUnique(_ specs: [EngineSpec]) throws(EngineSpecError) {
    if let repeated = firstRepeated(in: specs) { throw repeated.error }
  }

  /// The first engine that has the id or the place of an engine before it, and the error that says so; nil when all
  /// differ.
  package static func firstRepeated(in specs: [EngineSpec]) -> (index: Int, error: EngineSpecError)? {
    var ids: Set<String> = []
    var places: Set<EnginePlace> = []
    for (index, spec) in specs.enumerated() {
      guard ids.insert(spec.id).inserted else {
        return (index, EngineSpecError("two engines have the id '\(spec.id)': remove one or give it another id"))
      }
      guard places.insert(spec.place).inserted else {
        let text = "two engines of namespace '\(spec.namespace)' have the URL \(spec.url)"
        return (index, EngineSpecError("\(text): remove one, or give it another namespace"))
      }
    }
    return nil
  }

  /// Reads the option `draining`; nil is false.
  private static func isTrue(_ text: String?) throws(EngineSpecError) -> Bool {
    guard let text else { return false }
    guard let value = Bool(text) else { throw EngineSpecError("draining must be true or false", in: [.draining]) }
    return value
  }

  private func checkNames() throws(EngineSpecError) {
    guard Self.isName(namespace, limit: 63) else {
      throw EngineSpecError("namespace must be 1 to 63 of a-z, 0-9, '-', '.' and '_'", in: [.namespace])
    }
    guard cluster.isEmpty || Self.isClusterName(cluster) else {
      throw EngineSpecError("cluster must be up to 63 of a-z, 0-9, '-', '.' and '_'", in: [.cluster])
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
    guard (1...256).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw EngineSpecError("id must be 1 to 256 printable ASCII characters without spaces", in: [.id])
    }
  }

  package static func isClusterName(_ text: String) -> Bool { isName(text, limit: 63) }

  private static func isName(_ text: String, limit: Int, more: String = "") -> Bool {
    let allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._" + more
    return (1...limit).contains(text.utf8.count) && text.utf8.allSatisfy(allowed.utf8.contains)
  }
}

extension EngineSpec {
  /// Whether all texts are the same bytes: Swift's own `==` would miss a label that is spelt with other accents.
  package static func == (a: EngineSpec, b: EngineSpec) -> Bool {
    a.hasSameContact(as: b) && a.place == b.place && a.isDraining == b.isDraining && a.lifecycle == b.lifecycle
      && a.timeout == b.timeout && a.proofTimeout == b.proofTimeout && a.isKeyUnknown == b.isKeyUnknown
      && a.claims == b.claims
      && a.resources == b.resources
      && sameBytes(a.id, b.id) && sameBytes(a.podUID, b.podUID) && sameBytes(a.workload, b.workload)
      && sameBytes(a.modelVersion, b.modelVersion) && sameBytes(a.models, b.models) && sameBytes(a.labels, b.labels)
  }
}

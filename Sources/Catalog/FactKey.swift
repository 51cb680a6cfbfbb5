/// The key of a record in the store.
///
/// As bytes: `engine/<engine id>`, `replica/<engine id>NUL<model id>`, `seen/<namespace>NUL<model id>`,
/// `labels/<namespace>NUL<model id>`, `registration/<lease id>`, `meta/claims/<engine id>`, `meta/derive`, `meta/seal`,
/// `meta/leap`. Ids may hold slashes but
/// never NUL (`Observation.check`). So the encoding is unambiguous, and keys order by engine or namespace first.
package enum FactKey: Hashable, Sendable {
  case engine(id: String)
  case replica(engineID: String, modelID: String)
  case seen(ModelKey)
  case labels(ModelKey)
  case registration(leaseID: String)
  /// The sources' claims on an engine.
  case claims(engineID: String)
  /// The version of the rules that last made models of these facts.
  case derive

  /// The prefix of the keys of engines' facts.
  package static let enginePrefix = [UInt8]("engine/".utf8)
  /// The prefix of the keys of replicas' facts.
  package static let replicaPrefix = [UInt8]("replica/".utf8)
  /// The prefix of the keys of the facts about models that Rollcall has ever seen.
  package static let seenPrefix = [UInt8]("seen/".utf8)
  /// The prefix of the keys of declared labels.
  package static let labelsPrefix = [UInt8]("labels/".utf8)
  /// The prefix of the keys of registrations.
  package static let registrationPrefix = [UInt8]("registration/".utf8)
  /// The prefix of the keys of claims.
  package static let claimsPrefix = [UInt8]("meta/claims/".utf8)
  /// The key of the version of the rules that make models.
  package static let deriveKey = [UInt8]("meta/derive".utf8)
  /// The key of the secret that signs page tokens.
  package static let signingKey = [UInt8]("meta/seal".utf8)
  /// The key of the last revision, the store's own and as text, of the last epoch in memory. Its put takes the store
  /// past that revision.
  package static let leapKey = [UInt8]("meta/leap".utf8)
  /// The prefix of the keys of records that are no facts.
  static let metaPrefix = [UInt8]("meta/".utf8)

  /// The key's bytes in the store.
  package var bytes: [UInt8] {
    switch self {
    case .engine(let id): Self.enginePrefix + id.utf8
    case .replica(let engineID, let modelID): Self.replicaPrefix + engineID.utf8 + [0] + modelID.utf8
    case .seen(let key): Self.seenPrefix + key.namespace.utf8 + [0] + key.id.utf8
    case .labels(let key): Self.labelsPrefix + key.namespace.utf8 + [0] + key.id.utf8
    case .registration(let leaseID): Self.registrationPrefix + leaseID.utf8
    case .claims(let engineID): Self.claimsPrefix + engineID.utf8
    case .derive: Self.deriveKey
    }
  }

  /// Reads a key; nil when the bytes are not a key of this shape.
  package init?(bytes: [UInt8]) {
    if bytes.starts(with: Self.enginePrefix) {
      guard let id = Self.single(bytes.dropFirst(Self.enginePrefix.count)) else { return nil }
      self = .engine(id: id)
    } else if bytes.starts(with: Self.replicaPrefix) {
      guard let (engineID, modelID) = Self.pair(bytes.dropFirst(Self.replicaPrefix.count)) else { return nil }
      self = .replica(engineID: engineID, modelID: modelID)
    } else if bytes.starts(with: Self.seenPrefix) {
      guard let (namespace, id) = Self.pair(bytes.dropFirst(Self.seenPrefix.count)) else { return nil }
      self = .seen(ModelKey(namespace: namespace, id: id))
    } else if bytes.starts(with: Self.labelsPrefix) {
      guard let (namespace, id) = Self.pair(bytes.dropFirst(Self.labelsPrefix.count)) else { return nil }
      self = .labels(ModelKey(namespace: namespace, id: id))
    } else if bytes.starts(with: Self.registrationPrefix) {
      guard let id = Self.single(bytes.dropFirst(Self.registrationPrefix.count)) else { return nil }
      self = .registration(leaseID: id)
    } else if bytes.starts(with: Self.claimsPrefix) {
      guard let id = Self.single(bytes.dropFirst(Self.claimsPrefix.count)) else { return nil }
      self = .claims(engineID: id)
    } else if bytes == Self.deriveKey {
      self = .derive
    } else {
      return nil
    }
  }

  private static func single(_ bytes: ArraySlice<UInt8>) -> String? {
    bytes.isEmpty || bytes.contains(0) ? nil : String(validating: bytes, as: UTF8.self)
  }

  private static func pair(_ bytes: ArraySlice<UInt8>) -> (String, String)? {
    let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
    guard parts.count == 2, let first = String(validating: parts[0], as: UTF8.self), !first.isEmpty,
      let second = String(validating: parts[1], as: UTF8.self), !second.isEmpty
    else { return nil }
    return (first, second)
  }
}

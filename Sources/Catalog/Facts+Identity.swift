// Facts are equal when their texts are the same bytes. Swift's own `==` on strings also accepts another spelling of the
// same accents, and the change from one to the other would be lost. A hash may be the same for both.

extension Condition {
  package static func == (a: Condition, b: Condition) -> Bool {
    a.state == b.state && a.cause == b.cause && a.changedAt == b.changedAt && sameBytes(a.reason, b.reason)
  }
}

extension ReasonParts {
  package static func == (a: ReasonParts, b: ReasonParts) -> Bool {
    a.findingCause == b.findingCause && sameBytes(a.finding, b.finding) && sameBytes(a.hint, b.hint)
      && sameBytes(a.trouble, b.trouble) && sameBytes(a.pendingRemoval, b.pendingRemoval)
  }
}

extension EngineFacts {
  package static func == (a: EngineFacts, b: EngineFacts) -> Bool {
    a.condition == b.condition && a.reasonParts == b.reasonParts && a.claims == b.claims
      && sameBytes(a.id, b.id) && sameBytes(a.endpoint, b.endpoint) && sameBytes(a.kind, b.kind)
      && sameBytes(a.version, b.version) && sameBytes(a.namespace, b.namespace) && sameBytes(a.cluster, b.cluster)
      && sameBytes(a.podUID, b.podUID) && sameBytes(a.via, b.via) && sameBytes(a.labels, b.labels)
  }
}

extension ReplicaFacts {
  package static func == (a: ReplicaFacts, b: ReplicaFacts) -> Bool {
    a.kind == b.kind && a.maxModelLen == b.maxModelLen && a.condition == b.condition
      && sameBytes(a.modelID, b.modelID) && sameBytes(a.ownedBy, b.ownedBy) && sameBytes(a.root, b.root)
      && sameBytes(a.parent, b.parent) && sameBytes(a.version, b.version) && sameBytes(a.labels, b.labels)
  }
}

extension EngineClaim {
  package static func == (a: EngineClaim, b: EngineClaim) -> Bool {
    a.omittedMinutes == b.omittedMinutes && a.isProbed == b.isProbed && a.hasLiteralKey == b.hasLiteralKey
      && a.isDraining == b.isDraining && a.hintCause == b.hintCause && a.timeout == b.timeout
      && sameBytes(a.texts, b.texts) && sameBytes(a.options, b.options)
  }

  private var texts: [String] {
    [sourceKind, sourceName, part, id, kind, keyEnv, keyFile, hint, workload, modelVersion]
  }
}

extension Registration {
  package static func == (a: Registration, b: Registration) -> Bool {
    a.ttl == b.ttl && sameBytes(a.texts, b.texts) && sameBytes(a.labels, b.labels)
      && sameBytes(a.options, b.options)
  }

  private var texts: [String] { [leaseID, namespace, url, kind, engineID, cluster, keyEnv, keyFile] }
}

extension Replica {
  package static func == (a: Replica, b: Replica) -> Bool {
    a.condition == b.condition && a.maxModelLen == b.maxModelLen && sameBytes(a.via, b.via)
      && sameBytes(a.texts, b.texts)
  }

  private var texts: [String] { [engineID, endpoint, engineKind, engineVersion, cluster, root] }
}

extension Model {
  package static func == (a: Model, b: Model) -> Bool {
    a.key == b.key && a.kind == b.kind && a.state == b.state && a.created == b.created
      && a.maxModelLen == b.maxModelLen && a.readyReplicas == b.readyReplicas && a.totalReplicas == b.totalReplicas
      && a.revision == b.revision && a.replicas == b.replicas && a.divergences == b.divergences
      && sameBytes(a.texts, b.texts) && sameBytes(a.labels, b.labels)
  }

  private var texts: [String] { [ownedBy, root, parent, version, etag] }
}

import Catalog
import Fleet

/// A Deployment, for which an unprobed engine stands while it has no pods, so that its model stays listed between its
/// last pod and its next.
struct DeploymentEngine: PartEntry {
  let object: ObjectName
  let uid: String
  let id: String
  var ids: [String] { [id] }
  /// `[cluster/]namespace/Deployment NAME`, as its pods name it.
  let workload: String
  let replicas: Int
  let isKept: Bool
  private let cluster: String
  /// The id of the model that the Deployment declares; nil when it declares no model.
  private let model: String?
  private let labels: [String: String]

  /// nil when the object has no name.
  init?(_ deployment: KubeDeployment, _ settings: KubernetesSettings) {
    guard let object = ObjectName(deployment.metadata) else { return nil }
    self.object = object
    uid = deployment.metadata.uid ?? ""
    id = "\(settings.prefix)\(object.namespace)/\(object.name)"
    workload = "\(settings.prefix)\(object.namespace)/Deployment \(object.name)"
    replicas = max(0, deployment.spec?.replicas ?? 1)
    cluster = settings.cluster
    let template = deployment.spec?.template?.metadata
    // A Deployment that is being deleted creates no more pods.
    isKept = settings.selector.matches(template?.labels ?? [:]) && deployment.metadata.deletionTimestamp == nil
    model = template.flatMap { PodHints($0).model } ?? PodHints(deployment.metadata).model
    labels = (template?.labels ?? [:]).filter { settings.labels.contains($0.key) }
  }

  /// The engine that stands for the Deployment.
  func placeholder(at now: Timestamp) -> UnprobedEngine {
    let condition =
      replicas == 0
      ? Condition(
        state: .cold, cause: .scaledToZero, reason: "Deployment \(object.name) is scaled to 0", changedAt: now)
      : Condition(
        state: .loading, cause: .starting, reason: "Deployment \(object.name) wants \(replicas) and has no pod yet",
        changedAt: now)
    let facts = EngineFacts(
      id: id, endpoint: "", namespace: object.namespace, cluster: cluster, labels: labels, condition: condition)
    return UnprobedEngine(facts: facts, models: model.map { [ReplicaFacts(modelID: $0)] }, workload: workload)
  }
}

/// An AIBrix adapter that is not loaded yet. The engines themselves list the loaded adapters.
struct AdapterEngine: PartEntry {
  let object: ObjectName
  let uid: String
  let id: String
  var ids: [String] { [id] }
  let isKept: Bool
  private(set) var engine: UnprobedEngine

  /// nil when the object has no name. `old`: the adapter as it was known.
  init?(_ adapter: KubeAdapter, _ settings: KubernetesSettings, after old: AdapterEngine?, at now: Timestamp) {
    guard let object = ObjectName(adapter.metadata) else { return nil }
    self.object = object
    uid = adapter.metadata.uid ?? ""
    id = "\(settings.prefix)\(object.namespace)/modeladapter/\(object.name)"
    let phase = adapter.status?.phase ?? "Pending"
    isKept = !["Running", "Scaled"].contains(phase) && adapter.metadata.deletionTimestamp == nil
    let facts = EngineFacts(
      id: id, endpoint: "", namespace: object.namespace, cluster: settings.cluster,
      condition: Condition(
        state: phase == "Failed" ? .failed : .loading, cause: phase == "Failed" ? .cannotStart : .starting,
        reason: "ModelAdapter \(object.name) is \(phase)", changedAt: now))
    let model = ReplicaFacts(
      modelID: object.name, kind: .adapter, root: adapter.spec?.artifactURL ?? "", parent: adapter.spec?.baseModel ?? ""
    )
    engine = UnprobedEngine(facts: facts, models: [model])
    if let old { engine.keepTime(of: old.engine) }
  }
}

extension UnprobedEngine {
  /// Keeps the time of an older description's state where the state is the same.
  mutating func keepTime(of old: UnprobedEngine) {
    guard facts.condition.state == old.facts.condition.state else { return }
    facts.condition.changedAt = old.facts.condition.changedAt
  }
}

import Catalog
import Fleet

/// The objects that the reflectors saw in one cluster, and the answer that follows from them. A value without I/O: the
/// caller passes the time.
struct ClusterState: Sendable {
  struct DeploymentState: Sendable {
    var name: String
    var namespace: String
    var replicas: Int
    /// The id of the model that the Deployment declares; nil when it declares no model.
    var model: String?
    var labels: [String: String]
  }

  let settings: KubernetesSettings
  let source: SourceID
  /// The pods by scope (a namespace, or the empty text for all namespaces), then by `namespace/name`.
  private var pods: [String: [String: PodEngine]] = [:]
  private var deployments: [String: [String: DeploymentState]] = [:]
  private var adapters: [String: [String: UnprobedEngine]] = [:]
  /// UIDs of the pods that were Ready at least once.
  private var readyUIDs: Set<String> = []
  /// Ids of the pods that were deleted since the last answer.
  private var ended: Set<String> = []
  /// Ids that a list omitted since the last answer. Their pods may still exist: the list may be wrong.
  private var omitted: Set<String> = []
  /// Ids of the engines in the last answer.
  private var answered: Set<String> = []
  /// The reason why pods cannot be listed, by scope.
  private var failures: [String: String] = [:]
  /// Reasons why pods cannot be engines; the source logs them.
  var mistakes: Set<String> = []

  init(_ settings: KubernetesSettings, source: SourceID) {
    self.settings = settings
    self.source = source
  }

  /// Whether every scope has listed its pods or has failed to.
  func isSynced(in scopes: [String]) -> Bool {
    !pods.isEmpty && scopes.allSatisfy { pods[$0] != nil || failures[$0] != nil }
  }

  /// The reason why the pods of a scope cannot be listed; nil when all scopes can be listed.
  var failure: String? {
    failures.sorted { $0.key < $1.key }.first.map { $0.key.isEmpty ? $0.value : "namespace \($0.key): \($0.value)" }
  }

  /// Applies an event of the pods' reflector. Returns whether anything has changed.
  mutating func apply(_ event: ReflectorEvent<KubePod>, in scope: String, at now: Timestamp) -> Bool {
    switch event {
    case .failed(let error):
      failures[scope] = error.description
      return true
    case .answered:
      return failures.removeValue(forKey: scope) != nil
    case .all(let objects):
      failures[scope] = nil
      let old = pods[scope] ?? [:]
      pods[scope] = [:]
      for pod in objects { put(pod, in: scope, at: now) }
      let kept = Set(pods[scope, default: [:]].values.map(\.uid))
      for (key, pod) in old where !kept.contains(pod.uid) {
        readyUIDs.remove(pod.uid)
        if pods[scope]?[key] == nil { omitted.insert(pod.id) }
      }
    case .changed(let pod):
      failures[scope] = nil
      put(pod, in: scope, at: now)
    case .deleted(let pod):
      failures[scope] = nil
      guard let key = key(pod.metadata) else { return false }
      // A list may have omitted the pod before.
      guard let known = pods[scope]?[key] ?? PodEngine(pod, settings, wasReady: false, at: now),
        // The event may be old and concern a pod whose name a newer pod has taken.
        known.uid == (pod.metadata.uid ?? known.uid)
      else { return false }
      pods[scope]?[key] = nil
      readyUIDs.remove(known.uid)
      ended.insert(known.id)
    }
    return true
  }

  mutating func apply(_ event: ReflectorEvent<KubeDeployment>, in scope: String) -> Bool {
    switch event {
    case .failed, .answered: return false
    case .all(let objects):
      let old = deployments.updateValue([:], forKey: scope) ?? [:]
      for object in objects { put(object, in: scope) }
      for (key, deployment) in old where deployments[scope]?[key] == nil { omitted.insert(id(of: deployment)) }
    case .changed(let object): put(object, in: scope)
    case .deleted(let object):
      guard let key = key(object.metadata) else { return false }
      return deployments[scope]?.removeValue(forKey: key) != nil
    }
    return true
  }

  mutating func apply(_ event: ReflectorEvent<KubeAdapter>, in scope: String, at now: Timestamp) -> Bool {
    switch event {
    case .failed, .answered: return false
    case .all(let objects):
      let old = adapters.updateValue([:], forKey: scope) ?? [:]
      for object in objects { put(object, in: scope, at: now) }
      let there = Set(objects.compactMap { key($0.metadata) })
      for (key, adapter) in old where !there.contains(key) { omitted.insert(adapter.facts.id) }
    case .changed(let object): put(object, in: scope, at: now)
    case .deleted(let object):
      guard let key = key(object.metadata) else { return false }
      return adapters[scope]?.removeValue(forKey: key) != nil
    }
    return true
  }

  /// Drops all adapters because AIBrix is no longer installed.
  mutating func forgetAdapters() { adapters = [:] }

  /// All known engines, and the ids of the engines that ended since the last answer. An engine that a list merely
  /// omitted has not ended.
  mutating func answer(at now: Timestamp) -> SourceAnswer {
    var engines: [EngineSpec] = []
    var unprobed: [UnprobedEngine] = []
    var busy: Set<String> = []
    let wanted = Dictionary(
      deployments.values.joined().map { (workload(of: $0.value), $0.value) }
    ) { first, _ in first }
    for pod in pods.values.flatMap(\.values).sorted(by: { $0.id < $1.id }) {
      switch pod.role {
      case .engine(var spec):
        if case .ending(let text) = spec.lifecycle, let owner = wanted[pod.workload] {
          spec.lifecycle = .ending("\(text); Deployment \(owner.name) wants \(owner.replicas)")
        }
        engines.append(spec)
        busy.insert(pod.workload)
      case .unprobed(let engine):
        unprobed.append(engine)
        busy.insert(pod.workload)
      case .nothing: break
      }
    }
    for (workload, deployment) in wanted.sorted(by: { $0.key < $1.key })
    where deployment.replicas == 0 || !busy.contains(workload) {
      unprobed.append(placeholder(deployment, workload, at: now))
    }
    unprobed += adapters.values.flatMap(\.values).sorted { $0.facts.id < $1.facts.id }
    let ids = Set(engines.map(\.id)).union(unprobed.map(\.facts.id))
    let gone = answered.subtracting(ids).subtracting(omitted).union(ended)
    (answered, omitted, ended) = (ids, [], [])
    return SourceAnswer(
      source: source,
      parts: [
        SourcePart(
          engines: engines, unprobed: unprobed, isComplete: failure == nil, outage: failure, ended: gone)
      ])
  }

  private mutating func put(_ pod: KubePod, in scope: String, at now: Timestamp) {
    guard let key = key(pod.metadata),
      let engine = PodEngine(pod, settings, wasReady: readyUIDs.contains(pod.metadata.uid ?? ""), at: now)
    else { return }
    if engine.isReady { readyUIDs.insert(engine.uid) }
    if case .nothing(let mistake) = engine.role {
      if let mistake { mistakes.insert(mistake) }
    }
    pods[scope, default: [:]][key] = engine
  }

  private mutating func put(_ object: KubeDeployment, in scope: String) {
    guard let key = key(object.metadata), let name = object.metadata.name, let namespace = object.metadata.namespace
    else { return }
    let template = object.spec?.template?.metadata
    // A Deployment that is being deleted creates no more pods.
    guard settings.selector.matches(template?.labels ?? [:]), object.metadata.deletionTimestamp == nil else {
      deployments[scope]?[key] = nil
      return
    }
    let labels = (template?.labels ?? [:]).filter { settings.labels.contains($0.key) }
    deployments[scope, default: [:]][key] = DeploymentState(
      name: name, namespace: namespace, replicas: max(0, object.spec?.replicas ?? 1),
      model: template.flatMap { PodHints($0).model } ?? PodHints(object.metadata).model, labels: labels)
  }

  /// Keeps an adapter until it is loaded. The engines themselves list the loaded adapters.
  private mutating func put(_ object: KubeAdapter, in scope: String, at now: Timestamp) {
    guard let key = key(object.metadata), let name = object.metadata.name, let namespace = object.metadata.namespace
    else { return }
    let phase = object.status?.phase ?? "Pending"
    guard !["Running", "Scaled"].contains(phase), object.metadata.deletionTimestamp == nil else {
      adapters[scope]?[key] = nil
      return
    }
    let base = object.spec?.baseModel ?? ""
    let facts = EngineFacts(
      id: "\(prefix)\(namespace)/modeladapter/\(name)", endpoint: "", namespace: namespace, cluster: settings.cluster,
      condition: Condition(
        state: phase == "Failed" ? .failed : .loading, cause: phase == "Failed" ? .cannotStart : .starting,
        reason: "ModelAdapter \(name) is \(phase)", changedAt: now))
    let model = ReplicaFacts(modelID: name, kind: .adapter, root: object.spec?.artifactURL ?? "", parent: base)
    adapters[scope, default: [:]][key] = UnprobedEngine(facts: facts, models: [model])
  }

  /// An engine that stands for a Deployment without pods, so that its model stays listed between its last pod and its
  /// next.
  private func placeholder(_ deployment: DeploymentState, _ workload: String, at now: Timestamp) -> UnprobedEngine {
    let (name, count) = (deployment.name, deployment.replicas)
    let condition =
      count == 0
      ? Condition(state: .cold, cause: .scaledToZero, reason: "Deployment \(name) is scaled to 0", changedAt: now)
      : Condition(
        state: .loading, cause: .starting, reason: "Deployment \(name) wants \(count) and has no pod yet",
        changedAt: now)
    let facts = EngineFacts(
      id: id(of: deployment), endpoint: "", namespace: deployment.namespace, cluster: settings.cluster,
      labels: deployment.labels, condition: condition)
    return UnprobedEngine(
      facts: facts, models: deployment.model.map { [ReplicaFacts(modelID: $0)] }, workload: workload)
  }

  private var prefix: String { settings.cluster.isEmpty ? "" : "\(settings.cluster)/" }

  private func id(of deployment: DeploymentState) -> String {
    "\(prefix)\(deployment.namespace)/\(deployment.name)"
  }

  private func workload(of deployment: DeploymentState) -> String {
    "\(prefix)\(deployment.namespace)/Deployment \(deployment.name)"
  }

  private func key(_ meta: KubeMeta) -> String? {
    guard let name = meta.name, let namespace = meta.namespace else { return nil }
    return "\(namespace)/\(name)"
  }
}

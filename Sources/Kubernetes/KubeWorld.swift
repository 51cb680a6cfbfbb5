import Catalog
import Fleet

/// What is known of one cluster, and the answer that it makes. A value without I/O: time is an argument.
struct KubeWorld: Sendable {
  struct DeploymentView: Sendable {
    var name: String
    var namespace: String
    var replicas: Int
    /// nil where it is not declared.
    var model: String?
    var labels: [String: String]
  }

  let settings: KubernetesSettings
  let source: SourceID
  /// By where they were asked for (a namespace, or everywhere) and `namespace/name`.
  private var pods: [String: [String: PodView]] = [:]
  private var deployments: [String: [String: DeploymentView]] = [:]
  private var adapters: [String: [String: UnprobedEngine]] = [:]
  /// Pods that were seen Ready, by UID.
  private var wereReady: Set<String> = []
  /// Ids of pods whose end was seen since the answer before.
  private var ended: Set<String> = []
  /// Ids that a list left out since the answer before: it may be mistaken.
  private var leftOut: Set<String> = []
  /// Ids in the answer before.
  private var answered: Set<String> = []
  /// Why pods cannot be asked for, by where.
  private var failures: [String: String] = [:]
  /// Pods that cannot be engines, and why; to be logged.
  var mistakes: Set<String> = []

  init(_ settings: KubernetesSettings, source: SourceID) {
    self.settings = settings
    self.source = source
  }

  /// Whether pods were listed everywhere, or cannot be.
  func hasSpoken(of scopes: [String]) -> Bool {
    !pods.isEmpty && scopes.allSatisfy { pods[$0] != nil || failures[$0] != nil }
  }

  /// Why some pods cannot be asked for; nil when all can.
  var outage: String? {
    failures.sorted { $0.key < $1.key }.first.map { $0.key.isEmpty ? $0.value : "namespace \($0.key): \($0.value)" }
  }

  /// Takes what is new of pods; whether anything is.
  mutating func take(_ news: Reflected<KubePod>, in scope: String, at now: Timestamp) -> Bool {
    switch news {
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
        wereReady.remove(pod.uid)
        if pods[scope]?[key] == nil { leftOut.insert(pod.id) }
      }
    case .changed(let pod):
      failures[scope] = nil
      put(pod, in: scope, at: now)
    case .deleted(let pod):
      failures[scope] = nil
      guard let key = key(pod.metadata) else { return false }
      // A list may have left it out, and not have been believed.
      guard let known = pods[scope]?[key] ?? PodView(pod, settings, wasReady: false, at: now),
        // An old event of a pod whose name another has by now.
        known.uid == (pod.metadata.uid ?? known.uid)
      else { return false }
      pods[scope]?[key] = nil
      wereReady.remove(known.uid)
      ended.insert(known.id)
    }
    return true
  }

  mutating func take(_ news: Reflected<KubeDeployment>, in scope: String) -> Bool {
    switch news {
    case .failed, .answered: return false
    case .all(let objects):
      let old = deployments.updateValue([:], forKey: scope) ?? [:]
      for object in objects { put(object, in: scope) }
      for (key, deployment) in old where deployments[scope]?[key] == nil { leftOut.insert(id(of: deployment)) }
    case .changed(let object): put(object, in: scope)
    case .deleted(let object):
      guard let key = key(object.metadata) else { return false }
      return deployments[scope]?.removeValue(forKey: key) != nil
    }
    return true
  }

  mutating func take(_ news: Reflected<KubeAdapter>, in scope: String, at now: Timestamp) -> Bool {
    switch news {
    case .failed, .answered: return false
    case .all(let objects):
      let old = adapters.updateValue([:], forKey: scope) ?? [:]
      for object in objects { put(object, in: scope, at: now) }
      let there = Set(objects.compactMap { key($0.metadata) })
      for (key, adapter) in old where !there.contains(key) { leftOut.insert(adapter.facts.id) }
    case .changed(let object): put(object, in: scope, at: now)
    case .deleted(let object):
      guard let key = key(object.metadata) else { return false }
      return adapters[scope]?.removeValue(forKey: key) != nil
    }
    return true
  }

  /// Their kind is not there any more.
  mutating func forgetAdapters() { adapters = [:] }

  /// All that is known, with what ended since the answer before: whatever is gone from it and was not merely left out of
  /// a list.
  mutating func answer(at now: Timestamp) -> SourceAnswer {
    var engines: [EngineSpec] = []
    var told: [UnprobedEngine] = []
    var busy: Set<String> = []
    let wanted = Dictionary(
      deployments.values.joined().map { (workload(of: $0.value), $0.value) }
    ) { first, _ in first }
    for pod in pods.values.flatMap(\.values).sorted(by: { $0.id < $1.id }) {
      switch pod.meaning {
      case .engine(var spec):
        if case .ending(let text) = spec.lifecycle, let owner = wanted[pod.workload] {
          spec.lifecycle = .ending("\(text); Deployment \(owner.name) wants \(owner.replicas)")
        }
        engines.append(spec)
        busy.insert(pod.workload)
      case .told(let engine):
        told.append(engine)
        busy.insert(pod.workload)
      case .nothing: break
      }
    }
    for (workload, deployment) in wanted.sorted(by: { $0.key < $1.key })
    where deployment.replicas == 0 || !busy.contains(workload) {
      told.append(placeholder(deployment, workload, at: now))
    }
    told += adapters.values.flatMap(\.values).sorted { $0.facts.id < $1.facts.id }
    let ids = Set(engines.map(\.id)).union(told.map(\.facts.id))
    let gone = answered.subtracting(ids).subtracting(leftOut).union(ended)
    (answered, leftOut, ended) = (ids, [], [])
    return SourceAnswer(
      source: source, engines: engines, unprobed: told, isExplicit: false, ended: gone, outage: outage)
  }

  private mutating func put(_ pod: KubePod, in scope: String, at now: Timestamp) {
    guard let key = key(pod.metadata),
      let view = PodView(pod, settings, wasReady: wereReady.contains(pod.metadata.uid ?? ""), at: now)
    else { return }
    if view.isReady { wereReady.insert(view.uid) }
    if case .nothing(let mistake) = view.meaning {
      if let mistake { mistakes.insert(mistake) }
    }
    pods[scope, default: [:]][key] = view
  }

  private mutating func put(_ object: KubeDeployment, in scope: String) {
    guard let key = key(object.metadata), let name = object.metadata.name, let namespace = object.metadata.namespace
    else { return }
    let template = object.spec?.template?.metadata
    // What is being deleted will have no pods.
    guard settings.selector.matches(template?.labels ?? [:]), object.metadata.deletionTimestamp == nil else {
      deployments[scope]?[key] = nil
      return
    }
    let labels = (template?.labels ?? [:]).filter { settings.labels.contains($0.key) }
    deployments[scope, default: [:]][key] = DeploymentView(
      name: name, namespace: namespace, replicas: max(0, object.spec?.replicas ?? 1),
      model: template.flatMap { PodHints($0).model } ?? PodHints(object.metadata).model, labels: labels)
  }

  /// An adapter that is not served yet; one that is, the engines list themselves.
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

  /// What stands for a Deployment that has no pods: its model does not vanish between its last pod and its next.
  private func placeholder(_ deployment: DeploymentView, _ workload: String, at now: Timestamp) -> UnprobedEngine {
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

  private func id(of deployment: DeploymentView) -> String {
    "\(prefix)\(deployment.namespace)/\(deployment.name)"
  }

  private func workload(of deployment: DeploymentView) -> String {
    "\(prefix)\(deployment.namespace)/Deployment \(deployment.name)"
  }

  private func key(_ meta: KubeMeta) -> String? {
    guard let name = meta.name, let namespace = meta.namespace else { return nil }
    return "\(namespace)/\(name)"
  }
}

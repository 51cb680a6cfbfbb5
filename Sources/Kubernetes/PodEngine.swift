import Catalog
import Fleet

/// A pod as the fleet sees it.
struct PodEngine: PartEntry {
  enum Role: Hashable, Sendable {
    case engine(EngineSpec)
    /// The pod has no address yet, so Rollcall cannot probe it.
    case unprobed(UnprobedEngine)
    /// The pod has completed, helps another pod, or cannot be an engine. The text is the reason when that is a mistake;
    /// nil when it is not.
    case nothing(String?)
  }

  /// How far a pod is in its life, as its controller counts it.
  enum Stage: Hashable, Sendable {
    /// It runs, or will.
    case alive
    case ending
    case failed
    case succeeded
  }

  let object: ObjectName
  let id: String
  let uid: String
  private(set) var role: Role
  /// The address and port at which Rollcall probes the pod; nil when it has none.
  private(set) var address: String?
  let stage: Stage
  /// When the pod was created, as the API writes it (RFC 3339, UTC, whole seconds, so times order as texts do); empty
  /// when that is unknown.
  let created: String
  /// `[cluster/]namespace/Deployment NAME`; empty for a pod without a controller, and for a helper.
  let workload: String
  /// Whether the controller replaces a pod by one with another name, as a ReplicaSet does.
  let isInterchangeable: Bool
  /// Whether the pod was Ready at least once.
  private let hasBeenReady: Bool

  var isKept: Bool { true }

  private static let stuck: Set<String> = [
    "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError",
  ]

  /// nil when the object has no name. `old`: the pod that had the name until now.
  init?(_ pod: KubePod, _ settings: KubernetesSettings, after old: PodEngine? = nil, at now: Timestamp) {
    let meta = pod.metadata
    guard let object = ObjectName(meta) else { return nil }
    self.object = object
    let hints = PodHints(meta)
    let port = hints.port ?? Self.port(of: pod)
    id = "\(settings.prefix)\(object.namespace)/\(object.name):\(port)"
    uid = meta.uid ?? ""
    created = meta.creationTimestamp ?? ""
    let owner = hints.isHelper ? nil : Self.owner(of: meta)
    workload = owner.map { "\(settings.prefix)\(object.namespace)/\($0.kind) \($0.name)" } ?? ""
    // The others make the next pod under the name of the last, or one for each node.
    isInterchangeable = owner.map { !["StatefulSet", "DaemonSet", "Node"].contains($0.kind) } ?? false
    let ready = pod.status?.conditions?.first { $0.type == "Ready" }
    let wasReady = old.map { $0.uid == meta.uid ?? "" && $0.hasBeenReady } ?? false
    hasBeenReady = wasReady || ready?.status == "True"
    let phase = pod.status?.phase ?? "Pending"
    stage =
      switch phase {
      case "Failed": .failed
      case "Succeeded": .succeeded
      default: meta.deletionTimestamp == nil ? .alive : .ending
      }
    guard phase != "Succeeded", !hints.isHelper else {
      role = .nothing(nil)
      return
    }
    let lifecycle = Self.lifecycle(pod, phase: phase, ready: ready, wasReady: wasReady)
    guard let address = pod.status?.podIP, !address.isEmpty, phase != "Failed" else {
      role = Self.unprobed(id, lifecycle, hints, workload, settings, meta, at: now)
      keepTime(of: old)
      return
    }
    let host = address.contains(":") ? "[\(address)]" : address
    self.address = "\(host):\(port)"
    do throws(EngineSpecError) {
      var spec = try EngineSpec(
        url: "\(hints.scheme)://\(host):\(port)", kind: hints.kind, namespace: object.namespace,
        cluster: settings.cluster.isEmpty ? nil : settings.cluster, labels: Self.labels(meta, settings), id: id)
      spec.setKey(settings.key)
      spec.podUID = uid
      spec.lifecycle = lifecycle
      spec.models = hints.model.map { [$0] } ?? []
      spec.modelVersion = hints.text(settings.versionLabel) ?? ""
      spec.timeout = hints.timeout
      spec.resources = Self.resources(of: pod)
      spec.workload = workload
      role = .engine(spec)
    } catch {
      role = .nothing("pod \(object.namespace)/\(object.name): \(error.description)")
    }
  }

  private mutating func keepTime(of old: PodEngine?) {
    guard case .unprobed(let before) = old?.role, case .unprobed(var engine) = role, old?.uid == uid else { return }
    engine.keepTime(of: before)
    role = .unprobed(engine)
  }

  private static func unprobed(
    _ id: String, _ lifecycle: LifecycleHint, _ hints: PodHints, _ workload: String, _ settings: KubernetesSettings,
    _ meta: KubeMeta, at now: Timestamp
  ) -> Role {
    let (state, cause, reason) = lifecycle.condition ?? (.loading, .starting, "pod has no address yet")
    let facts = EngineFacts(
      id: id, endpoint: "", kind: hints.kind ?? "", namespace: meta.namespace ?? defaultNamespace,
      cluster: settings.cluster, labels: labels(meta, settings), podUID: meta.uid ?? "",
      condition: Condition(state: state, cause: cause, reason: reason, changedAt: now))
    let version = hints.text(settings.versionLabel) ?? ""
    return .unprobed(
      UnprobedEngine(
        facts: facts, models: hints.model.map { [ReplicaFacts(modelID: $0, version: version)] }, workload: workload))
  }

  /// The strongest hint comes first: a pod that is terminating is not reported as not ready.
  private static func lifecycle(
    _ pod: KubePod, phase: String, ready: KubePod.PodCondition?, wasReady: Bool
  ) -> LifecycleHint {
    if pod.metadata.deletionTimestamp != nil { return .ending("pod is terminating") }
    let status = pod.status
    if phase == "Failed" {
      let cause: StateCause = status?.reason == "Evicted" ? .evicted : .cannotStart
      return .failing(text("pod failed", status?.reason, status?.message), cause: cause)
    }
    let containers = (status?.initContainerStatuses ?? []) + (status?.containerStatuses ?? [])
    for waiting in containers.compactMap(\.state?.waiting) {
      if let reason = waiting.reason, stuck.contains(reason) { return .failing(text("pod", reason, waiting.message)) }
    }
    if ready?.status == "True" { return .none }
    if phase != "Running" {
      let scheduled = status?.conditions?.first { $0.type == "PodScheduled" && $0.status == "False" }
      return .starting(text("pod is \(phase)", scheduled?.reason, scheduled?.message))
    }
    let reason = text("pod is not Ready", ready?.reason, ready?.message)
    // All times have one form, so they order as texts do.
    let started = containers.compactMap(\.state?.running?.startedAt).max()
    let fell = ready?.lastTransitionTime
    let hasFallen = wasReady || (started.map { started in fell.map { $0 > started } ?? false } ?? false)
    return hasFallen ? .unready(reason) : .starting(reason)
  }

  private static func text(_ start: String, _ reason: String?, _ message: String?) -> String {
    let more = [reason, message].compactMap { $0.flatMap { $0.isEmpty ? nil : $0 } }.joined(separator: ", ")
    let plain = String(more.prefix(256)).map { $0.isNewline || $0 == "\0" ? " " : $0 }
    return plain.isEmpty ? start : "\(start): \(String(plain))"
  }

  private static func port(of pod: KubePod) -> Int {
    let ports = (pod.spec?.containers ?? []).flatMap { $0.ports ?? [] }
    if let named = ports.first(where: { $0.name == "http" }) { return named.containerPort }
    return ports.count == 1 ? ports[0].containerPort : 8000
  }

  private static func labels(_ meta: KubeMeta, _ settings: KubernetesSettings) -> [String: String] {
    (meta.labels ?? [:]).filter { settings.labels.contains($0.key) }
  }

  /// Amounts of extended resources such as GPUs, whose names begin with a vendor's domain.
  private static func resources(of pod: KubePod) -> [String: Double] {
    var sums: [String: Double] = [:]
    for container in pod.spec?.containers ?? [] {
      let amounts = (container.resources?.limits ?? [:]).merging(container.resources?.requests ?? [:]) { $1 }
      for (name, amount) in amounts {
        guard let slash = name.firstIndex(of: "/"), !name[..<slash].hasSuffix("kubernetes.io"), let value = amount.value
        else { continue }
        sums[name, default: 0] += value
      }
    }
    return sums
  }

  /// The controller of a pod: a Deployment rather than its ReplicaSet; nil: it has none.
  private static func owner(of meta: KubeMeta) -> (kind: String, name: String)? {
    guard let owner = meta.ownerReferences?.first(where: { $0.controller == true }) else { return nil }
    guard owner.kind == "ReplicaSet" else { return (owner.kind, owner.name) }
    if let hash = meta.labels?["pod-template-hash"], owner.name.hasSuffix("-\(hash)") {
      return ("Deployment", String(owner.name.dropLast(hash.count + 1)))
    }
    return ("ReplicaSet", owner.name)
  }
}

/// The settings of an engine in the labels and annotations of its pod, by AIBrix' names. Annotations win, because the
/// value of a label cannot hold a slash.
struct PodHints {
  private let meta: KubeMeta

  init(_ meta: KubeMeta) {
    self.meta = meta
  }

  func text(_ name: String) -> String? {
    let text = meta.annotations?[name] ?? meta.labels?[name]
    return text.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The id of the model; nil when it is missing or not valid.
  var model: String? { text("model.aibrix.ai/name").flatMap { Observation.isIdentifier($0) ? $0 : nil } }
  var port: Int? { text("model.aibrix.ai/port").flatMap { UInt16($0) }.flatMap { $0 > 0 ? Int($0) : nil } }
  /// nil: Rollcall detects it.
  var kind: String? { text("model.aibrix.ai/engine").flatMap { EngineKind(rawValue: $0.lowercased())?.rawValue } }
  var scheme: String { text("rollcall.io/scheme") == "https" ? "https" : "http" }
  /// The time that the engine has to answer a probe; nil when it is missing or not valid.
  var timeout: Duration? { (try? EngineOptions.duration(text("rollcall.io/probe-timeout"), of: .timeout)) ?? nil }
  /// Whether the pod only helps another pod to serve: a member of a LeaderWorkerSet's group other than the leader, or a
  /// worker of a Ray cluster.
  var isHelper: Bool {
    let labels = meta.labels ?? [:]
    return labels["leaderworkerset.sigs.k8s.io/worker-index"].map { $0 != "0" } ?? false
      || labels["ray.io/node-type"] == "worker"
  }
}

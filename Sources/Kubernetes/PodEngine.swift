import Catalog
import Fleet

/// A pod as the fleet sees it.
struct PodEngine: Sendable {
  enum Role: Sendable {
    case engine(EngineSpec)
    /// The pod has no address yet, so Rollcall cannot probe it.
    case unprobed(UnprobedEngine)
    /// The pod has completed, or cannot be an engine. The text is the reason when that is a mistake; nil when it is
    /// not.
    case nothing(String?)
  }

  var id: String
  var uid: String
  var role: Role
  /// `[cluster/]namespace/Deployment NAME`; empty for a pod without a controller.
  var workload: String
  var isReady: Bool

  private static let stuck: Set<String> = [
    "CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "CreateContainerConfigError",
    "CreateContainerError", "RunContainerError",
  ]

  /// nil when the object has no name. `wasReady`: the same pod was Ready before.
  init?(_ pod: KubePod, _ settings: KubernetesSettings, wasReady: Bool, at now: Timestamp) {
    let meta = pod.metadata
    guard let name = meta.name, let namespace = meta.namespace else { return nil }
    let hints = PodHints(meta)
    let port = hints.port ?? Self.port(of: pod)
    let prefix = settings.cluster.isEmpty ? "" : "\(settings.cluster)/"
    id = "\(prefix)\(namespace)/\(name):\(port)"
    uid = meta.uid ?? ""
    workload = Self.workload(of: meta).map { "\(prefix)\(namespace)/\($0)" } ?? ""
    let ready = pod.status?.conditions?.first { $0.type == "Ready" }
    isReady = ready?.status == "True"
    let phase = pod.status?.phase ?? "Pending"
    guard phase != "Succeeded" else {
      role = .nothing(nil)
      return
    }
    let lifecycle = Self.lifecycle(pod, phase: phase, ready: ready, wasReady: wasReady)
    guard let address = pod.status?.podIP, !address.isEmpty, phase != "Failed" else {
      role = Self.unprobed(id, lifecycle, hints, workload, settings, meta, at: now)
      return
    }
    let host = address.contains(":") ? "[\(address)]" : address
    do throws(EngineSpecError) {
      var spec = try EngineSpec(
        url: "\(hints.scheme)://\(host):\(port)", kind: hints.kind, namespace: namespace,
        cluster: settings.cluster.isEmpty ? nil : settings.cluster, labels: Self.labels(meta, settings), id: id)
      spec.setKey(settings.key)
      spec.podUID = uid
      spec.lifecycle = lifecycle
      spec.models = hints.model.map { [$0] } ?? []
      spec.modelVersion = hints.text(settings.versionLabel) ?? ""
      spec.resources = Self.resources(of: pod)
      spec.workload = workload
      role = .engine(spec)
    } catch {
      role = .nothing("pod \(namespace)/\(name): \(error.description)")
    }
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
    // All times have one form (RFC 3339, UTC, whole seconds), so they order as texts do.
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

  private static func workload(of meta: KubeMeta) -> String? {
    guard let owner = meta.ownerReferences?.first(where: { $0.controller == true }) else { return nil }
    guard owner.kind == "ReplicaSet" else { return "\(owner.kind) \(owner.name)" }
    if let hash = meta.labels?["pod-template-hash"], owner.name.hasSuffix("-\(hash)") {
      return "Deployment \(owner.name.dropLast(hash.count + 1))"
    }
    return "ReplicaSet \(owner.name)"
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
}

import Catalog
import Fleet

/// A pod as the fleet sees it.
struct PodEngine: PartEntry {
  enum Role: Hashable, Sendable {
    case engine(EngineSpec)
    /// The pod has no address yet, so Rollcall cannot probe it.
    case unprobed(UnprobedEngine)
    /// The pod has completed, helps another pod, or cannot be an engine.
    case nothing
  }

  /// How far a pod is in its life, as its controller counts it.
  enum Stage: Hashable, Sendable {
    /// It runs, or will.
    case alive
    case ending
    case failed
    case succeeded
  }

  /// A port of the pod that is an engine.
  struct Port: Hashable, Sendable {
    /// `[cluster/]namespace/pod:port`
    let id: String
    /// The address and port at which Rollcall probes it; nil: it does not.
    var address: String?
    var role = Role.nothing
  }

  let object: ObjectName
  let uid: String
  /// The engines of the pod; empty when it names no port that there is.
  private(set) var ports: [Port]
  /// Reasons why the pod, or a port of it, is not the engine that the pod describes.
  private(set) var mistakes: [String]
  let stage: Stage
  /// When the pod was created, as the API writes it (RFC 3339, UTC, whole seconds, so times order as texts do); empty
  /// when that is unknown.
  let created: String
  /// `[cluster/]namespace/Deployment NAME`; empty for a pod without a controller, and for a helper.
  let workload: String
  /// Whether the controller replaces a pod by one with another name, as a ReplicaSet does.
  let isInterchangeable: Bool
  /// Whether an engine of the pod is probed, and the pod is Ready and does not end.
  private(set) var isServing = false
  /// Whether the pod was Ready at least once.
  private let hasBeenReady: Bool

  var ids: [String] { ports.map(\.id) }
  var isKept: Bool { true }

  private static let identity: Set<EngineOption> = [.id, .namespace, .cluster]

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
    let (numbers, mistakes) = pod.enginePorts(hints, settings)
    ports = numbers.map { Port(id: "\(settings.prefix)\(object.namespace)/\(object.name):\($0)") }
    self.mistakes = []
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
    guard phase != "Succeeded", !hints.isHelper, !hints.isExcluded else { return }
    leaveOut(mistakes)
    let lifecycle = Self.lifecycle(pod, phase: phase, ready: ready, wasReady: wasReady)
    guard let address = pod.status?.podIP, !address.isEmpty, phase != "Failed" else {
      for index in ports.indices {
        ports[index].role = Self.unprobed(ports[index].id, lifecycle, hints, workload, settings, meta, at: now)
        ports[index].keepTime(of: old?.uid == uid ? old?.ports.first { $0.id == ports[index].id } : nil)
      }
      return
    }
    var (options, refused) = hints.options(over: settings.options)
    leaveOut(refused)
    options[.namespace] = object.namespace
    options[.cluster] = settings.cluster.isEmpty ? nil : settings.cluster
    if let kind = hints.kind { options[.kind] = kind }
    let host = address.contains(":") ? "[\(address)]" : address
    for (index, (number, resources)) in zip(numbers, pod.resources(ofEnginesAt: numbers)).enumerated() {
      options[.id] = ports[index].id
      do throws(EngineSpecError) {
        var (spec, faults) = try options.tolerantSpec(
          url: "\(hints.scheme ?? settings.scheme)://\(host):\(number)", labels: Self.labels(meta, settings))
        // Without them it would be another engine.
        if let fault = faults.first(where: { !Self.identity.isDisjoint(with: $0.options) }) { throw fault }
        if index == 0 { leaveOut(faults.map(Self.reason)) }
        spec.setKey(settings.key)
        spec.podUID = uid
        spec.lifecycle = lifecycle
        spec.models = hints.model.map { [$0] } ?? []
        spec.modelVersion = hints.text(settings.versionLabel) ?? ""
        spec.resources = resources
        spec.workload = workload
        ports[index].role = .engine(spec)
        ports[index].address = "\(host):\(number)"
        isServing = lifecycle == .none
      } catch {
        leaveOut([error.description])
      }
    }
  }

  private static func reason(_ fault: EngineSpecError) -> String {
    "\(fault.options.map(\.annotation).joined(separator: ", ")) is left out: \(fault.description)"
  }

  private mutating func leaveOut(_ reasons: [String]) {
    mistakes += reasons.map { "pod \(object.namespace)/\(object.name): \($0)" }
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

  private static func labels(_ meta: KubeMeta, _ settings: KubernetesSettings) -> [String: String] {
    (meta.labels ?? [:]).filter { settings.labels.contains($0.key) }
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

extension PodEngine.Port {
  /// Keeps the time of the state that the port had before, where the state is the same.
  fileprivate mutating func keepTime(of old: PodEngine.Port?) {
    guard case .unprobed(let before) = old?.role, case .unprobed(var engine) = role else { return }
    engine.keepTime(of: before)
    role = .unprobed(engine)
  }
}

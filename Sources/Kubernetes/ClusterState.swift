import Catalog
import Fleet

/// The objects that the reflectors saw in one cluster, and the answer that follows from them. A value without I/O: the
/// caller passes the time.
struct ClusterState: Sendable {
  let settings: KubernetesSettings
  let source: SourceID
  /// The parts of each resource, by scope: a namespace, or the empty text for all namespaces.
  private var pods: [String: PartTable<PodEngine>]
  private var deployments: [String: PartTable<DeploymentEngine>]
  private var adapters: [String: PartTable<AdapterEngine>]
  private var standings = PodStandings()
  var lookups = LookupQueue()
  /// Engines that the server does not have, since the last report.
  private var denied: [OmittedEngine] = []

  init(_ settings: KubernetesSettings, source: SourceID) {
    self.settings = settings
    self.source = source
    let scopes = settings.scopes
    pods = Dictionary(uniqueKeysWithValues: scopes.map { ($0, PartTable()) })
    deployments = Dictionary(uniqueKeysWithValues: scopes.map { ($0, PartTable()) })
    adapters = Dictionary(uniqueKeysWithValues: scopes.map { ($0, PartTable()) })
  }

  /// Applies an event of the pods' reflector. Returns whether there is something to report.
  mutating func apply(_ event: ReflectorEvent<KubePod>, in scope: String, at now: Timestamp) -> Bool {
    restartLookups(event, ClusterPart(.pods, scope), pods[scope]?.trial)
    let settings = self.settings
    return pods[scope]?.apply(event) { PodEngine($0, settings, after: $1, at: now) } ?? false
  }

  /// Applies an event of the Deployments' reflector. Returns whether there is something to report.
  mutating func apply(_ event: ReflectorEvent<KubeDeployment>, in scope: String) -> Bool {
    restartLookups(event, ClusterPart(.deployments, scope), deployments[scope]?.trial)
    let settings = self.settings
    return deployments[scope]?.apply(event) { object, _ in DeploymentEngine(object, settings) } ?? false
  }

  /// Applies an event of the adapters' reflector. Returns whether there is something to report.
  mutating func apply(_ event: ReflectorEvent<KubeAdapter>, in scope: String, at now: Timestamp) -> Bool {
    restartLookups(event, ClusterPart(.adapters, scope), adapters[scope]?.trial)
    let settings = self.settings
    return adapters[scope]?.apply(event) { AdapterEngine($0, settings, after: $1, at: now) } ?? false
  }

  /// Notes that AIBrix is not installed in the cluster.
  mutating func noteMissingAdapters() {
    for scope in adapters.keys { adapters[scope]?.setMissing() }
  }

  /// Notes that it is unknown whether AIBrix is installed.
  mutating func noteAdapters(_ error: KubeError) {
    for scope in adapters.keys { adapters[scope]?.setFailure(error) }
  }

  /// Looks up anew the engines whose objects an event is about, because the server may have answered before it.
  private mutating func restartLookups<Object>(
    _ event: ReflectorEvent<Object>, _ part: ClusterPart, _ trial: (id: String, uid: String)?
  ) {
    switch event {
    case .failed, .answered: break
    case .all:
      lookups.restart(part: part.name)
      if let trial { lookups.attempt(OmittedEngine(part: part.name, id: trial.id, podUID: trial.uid)) }
    case .changed(let object), .deleted(let object):
      guard lookups.isRunning, let name = ObjectName(object.metadata) else { return }
      let prefix = settings.prefix
      lookups.restart { $0.part == part.name && ObjectName(engine: $0.id, of: part, prefix: prefix) == name }
    }
  }
}

/// The server's answer about one engine.
enum LookupResult: Sendable {
  case pod(KubePod)
  case deployment(KubeDeployment)
  case adapter(KubeAdapter)
  /// The server has no such object.
  case missing
  /// Rollcall has no right to read single objects.
  case forbidden(KubeError)
  case failed(KubeError)
}

extension ClusterState {
  /// Takes the engines that the fleet waits for: they are to be looked up.
  mutating func expect(_ omitted: [OmittedEngine]) { lookups.expect(omitted) }

  /// Takes the result of a lookup. Returns whether there is something to report.
  mutating func resolve(
    _ engine: OmittedEngine, _ result: LookupResult, at now: Timestamp, up: ContinuousClock.Instant
  ) -> Bool {
    guard lookups.finish(engine), let part = ClusterPart(name: engine.part) else { return false }
    let settings = self.settings
    switch result {
    case .failed(let error):
      lookups.retry(engine, atLeast: error.retryAfter, at: up)
      return false
    case .forbidden:
      lookups.drop(part: engine.part)
      setAskable(false, part)
      return true
    case .missing:
      lookups.deny(engine)
      denied.append(engine)
    case .pod(let pod):
      let old = ObjectName(pod.metadata).flatMap { pods[part.scope]?.entry($0) }
      let isSelected = settings.selector.matches(pod.metadata.labels ?? [:])
      let entry = isSelected ? PodEngine(pod, settings, after: old, at: now) : nil
      pods[part.scope]?.found(entry, for: engine.id)
    case .deployment(let object):
      deployments[part.scope]?.found(DeploymentEngine(object, settings), for: engine.id)
    case .adapter(let object):
      adapters[part.scope]?.found(AdapterEngine(object, settings, after: nil, at: now), for: engine.id)
    }
    lookups.succeeded()
    setAskable(true, part)
    return true
  }

  private mutating func setAskable(_ isAskable: Bool, _ part: ClusterPart) {
    switch part.resource {
    case .pods: pods[part.scope]?.isAskable = isAskable
    case .deployments: deployments[part.scope]?.isAskable = isAskable
    case .adapters: adapters[part.scope]?.isAskable = isAskable
    }
  }
}

/// A report of the source to the fleet.
struct ClusterReport: Sendable {
  /// nil while nothing is known of the cluster.
  var answer: SourceAnswer?
  /// Engines that the server does not have.
  var denied: [OmittedEngine] = []
  /// Why the cluster does not answer; nil when it does, or was not asked yet.
  var failure: String?
}

extension ClusterState {
  /// The report on all changes since the last.
  mutating func report(at now: Timestamp) -> ClusterReport {
    defer { denied = [] }
    var report = ClusterReport(failure: outage)
    guard isKnown else { return report }
    let answer = answer(at: now)
    // An object may have come back since the server did not have it.
    let named = Dictionary(answer.parts.map { ($0.name, $0.ids) }) { first, _ in first }
    report.denied = denied.filter { named[$0.part]?.contains($0.id) != true }
    report.answer = answer
    return report
  }

  /// Whether anything is known of the cluster's engines.
  private var isKnown: Bool {
    pods.values.contains(where: \.isListed) || deployments.values.contains { !$0.entries.isEmpty }
      || adapters.values.contains { !$0.entries.isEmpty }
  }

  /// Why a part of the cluster does not answer; nil when all parts do, or were not asked yet.
  private var outage: String? {
    let scopes = settings.scopes
    return scopes.lazy.compactMap { pods[$0]?.outage(of: ClusterPart(.pods, $0)) }.first
      ?? scopes.lazy.compactMap { deployments[$0]?.outage(of: ClusterPart(.deployments, $0)) }.first
      ?? scopes.lazy.compactMap { adapters[$0]?.outage(of: ClusterPart(.adapters, $0)) }.first
  }

  /// The parts of the pods come first: they say why the others fail too.
  private mutating func answer(at now: Timestamp) -> SourceAnswer {
    let wanted = Dictionary(deployments.values.flatMap(\.entries).map { ($0.workload, $0) }) { first, _ in first }
    standings.update(pods.values.lazy.flatMap(\.entries), wanted: wanted.mapValues(\.replicas))
    var busy: Set<String> = []
    let scopes = settings.scopes
    var answer = SourceAnswer(
      source: source,
      parts: scopes.compactMap { podsPart($0, wanted, &busy) }
        + scopes.compactMap { deploymentsPart($0, busy, at: now) }
        + scopes.compactMap { adaptersPart($0) })
    let mistakes = pods.values.flatMap { $0.entries.lazy.flatMap(\.mistakes) }.sorted()
    answer.notices = Array(mistakes.prefix(SourceAnswer.noticeLimit))
    return answer
  }

  /// `wanted`: the Deployments by workload; `busy`: the workloads that have a replica.
  private mutating func podsPart(
    _ scope: String, _ wanted: [String: DeploymentEngine], _ busy: inout Set<String>
  ) -> SourcePart? {
    guard let table = pods[scope] else { return nil }
    let part = ClusterPart(.pods, scope)
    var answer = SourcePart(
      name: part.name, engines: [], isComplete: table.isComplete, outage: table.outage(of: part),
      isPending: table.isPending, isAskable: table.isAskable)
    for pod in table.entries {
      for port in pod.ports {
        switch port.role {
        case _ where standings.isExcluded(port, of: pod): answer.ended.insert(port.id)
        case .engine(var spec):
          if case .ending(let text) = spec.lifecycle, let owner = wanted[pod.workload] {
            spec.lifecycle = .ending("\(text); Deployment \(owner.object.name) wants \(owner.replicas)")
          }
          answer.engines.append(spec)
          busy.insert(pod.workload)
        case .unprobed(let engine):
          answer.unprobed.append(engine)
          busy.insert(pod.workload)
        case .nothing: answer.ended.insert(port.id)
        }
      }
    }
    pods[scope]?.close(&answer)
    return answer
  }

  /// Whether a placeholder is needed follows from the pods too, so the part is complete only when they are listed.
  private mutating func deploymentsPart(_ scope: String, _ busy: Set<String>, at now: Timestamp) -> SourcePart? {
    guard let table = deployments[scope] else { return nil }
    let part = ClusterPart(.deployments, scope)
    let arePodsListed = pods[scope]?.isListed ?? false
    var answer = SourcePart(
      name: part.name, engines: [], isComplete: table.isComplete && arePodsListed, outage: table.outage(of: part),
      isPending: table.isPending, isAskable: table.isAskable)
    for deployment in table.entries {
      if deployment.replicas > 0, busy.contains(deployment.workload) {
        answer.ended.insert(deployment.id)
      } else if deployment.replicas == 0 || arePodsListed {
        answer.unprobed.append(deployment.placeholder(at: now))
      }
    }
    deployments[scope]?.close(&answer)
    return answer
  }

  private mutating func adaptersPart(_ scope: String) -> SourcePart? {
    guard let table = adapters[scope] else { return nil }
    let part = ClusterPart(.adapters, scope)
    var answer = SourcePart(
      name: part.name, engines: [], unprobed: table.entries.map(\.engine), isComplete: table.isComplete,
      outage: table.outage(of: part), isPending: table.isPending, isAskable: table.isAskable)
    adapters[scope]?.close(&answer)
    return answer
  }
}

extension PartTable {
  /// The engine that shows whether single objects can be read again; nil when that is not in doubt.
  fileprivate var trial: (id: String, uid: String)? {
    isAskable ? nil : entries.lazy.compactMap { entry in entry.ids.first.map { ($0, entry.uid) } }.first
  }

  /// Why the part does not answer; nil when it does. A missing right and a missing resource are no outage, except for
  /// pods.
  fileprivate func outage(of part: ClusterPart) -> String? {
    guard let failure, part.resource == .pods || ![403, 404].contains(failure.status) else { return nil }
    return part.scope.isEmpty ? failure.description : "namespace \(part.scope): \(failure.description)"
  }

  /// Closes an answer whose `ended` names all objects that are no engines.
  fileprivate mutating func close(_ answer: inout SourcePart) {
    answer.ended = close(with: answer.ids, idle: answer.ended)
  }
}

extension SourcePart {
  fileprivate var ids: Set<String> { Set(engines.lazy.map(\.id)).union(unprobed.lazy.map(\.facts.id)) }
}

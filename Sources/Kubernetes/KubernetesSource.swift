import Catalog
package import Fleet
import FoundationEssentials
package import Logging
import Synchronization

/// The source that finds engines in one Kubernetes cluster: the pods that a label selector matches, with the
/// Deployments behind them and AIBrix' adapters. It needs only the verbs `get`, `list` and `watch`.
package final class KubernetesSource: EngineSource {
  package let id: SourceID
  private let settings: KubernetesSettings
  private let logger: Logger
  private let state: Mutex<ClusterState>
  private let changes = Signal()
  private let lookups = Signal()
  private let contexts = TLSContextCache()
  /// The warnings that are logged already: each counts once.
  private let warnings = Mutex<Set<String>>([])
  /// The shortest and the longest time that an answer waits for further changes: an answer of thousands of engines takes
  /// a while, and waits four times as long.
  private static let gathering: ClosedRange<Duration> = .milliseconds(50) ... .seconds(1)
  /// The time between two checks whether AIBrix is installed.
  private static let discovery: Duration = .seconds(120)
  /// The time after which a check that does not find AIBrix is repeated: a server that starts does not know all of its
  /// resources.
  private static let confirmation: Duration = .seconds(10)

  /// Throws `EngineSpecError` when the settings give no access to the cluster.
  package init(_ settings: KubernetesSettings, logger: Logger) throws(EngineSpecError) {
    let id = SourceID(.kubernetes, settings.name)
    self.id = id
    self.settings = settings
    self.logger = logger
    state = Mutex(ClusterState(settings, source: id))
    do {
      _ = try settings.access()
    } catch {
      throw EngineSpecError("no access to Kubernetes: \(error.description)")
    }
  }

  package func run(_ delegate: any SourceDelegate) async {
    await withDiscardingTaskGroup { group in
      for scope in settings.scopes {
        group.addTask { await self.followPods(scope) }
        group.addTask { await self.followDeployments(scope) }
      }
      group.addTask { await self.followAdapters() }
      group.addTask { await self.lookUp() }
      var took = Duration.zero
      for await _ in changes.raised {
        try? await Task.sleep(for: min(max(Self.gathering.lowerBound, took * 4), Self.gathering.upperBound))
        guard !Task.isCancelled else { break }
        took = ContinuousClock().measure { report(to: delegate) }
      }
      group.cancelAll()
    }
  }

  private func report(to delegate: any SourceDelegate) {
    let report = state.withLock { $0.report(at: .wall) }
    guard let answer = report.answer else {
      if let failure = report.failure { delegate.failed(source: id, reason: failure) }
      return
    }
    if !report.denied.isEmpty { delegate.denied(source: id, report.denied) }
    let omitted = delegate.received(answer)
    state.withLock { $0.expect(omitted) }
    lookups.raise()
  }

  private func client() throws -> KubeClient {
    KubeClient(access: try settings.access(), contexts: contexts)
  }

  private func warnOnce(_ message: String, _ error: KubeError) {
    guard warnings.withLock({ $0.insert(message).inserted }) else { return }
    logger.warning("\(message)", metadata: ["source": "\(id)", "reason": "\(error)"])
  }
}

/// The reflectors.
extension KubernetesSource {
  private func followPods(_ scope: String) async {
    await Reflector<KubePod>(
      client: client, path: ClusterPart(.pods, scope).path, selector: settings.selector.text
    ) { [self] event in
      if state.withLock({ $0.apply(event, in: scope, at: .wall) }) { changes.raise() }
    }.run()
  }

  /// Follows all Deployments, without a selector: the selector of the settings applies to pods, and so to the pod
  /// templates of Deployments.
  private func followDeployments(_ scope: String) async {
    await Reflector<KubeDeployment>(
      client: client, path: ClusterPart(.deployments, scope).path, selector: ""
    ) { [self] event in
      if case .failed(let error) = event, [403, 404].contains(error.status) {
        warnOnce("Deployments cannot be listed: workloads that are scaled to zero are not known", error)
      }
      if state.withLock({ $0.apply(event, in: scope) }) { changes.raise() }
    }.run()
  }

  /// Follows AIBrix' adapters while AIBrix is installed in the cluster.
  private func followAdapters() async {
    var isMissing = false
    while !Task.isCancelled {
      var pause = Self.discovery
      do {
        _ = try await client().get(ClusterPart.Resource.adapters.group)
        await followInstalledAdapters()
        (isMissing, pause) = (true, Self.confirmation)
      } catch let error as KubeError {
        state.withLock { state in
          if isMissing, error.status == 404 { state.noteMissingAdapters() } else { state.noteAdapters(error) }
        }
        changes.raise()
        if error.status == 403 { warnAboutAdapters(error) }
        if !isMissing || error.status != 404 { pause = Self.confirmation }
        isMissing = error.status == 404
      } catch {
        pause = Self.confirmation
      }
      try? await Task.sleep(for: pause)
    }
  }

  /// Follows the adapters until the server has no such resource.
  private func followInstalledAdapters() async {
    await withTaskGroup { tasks in
      for scope in settings.scopes {
        tasks.addTask { [self] in
          await Reflector<KubeAdapter>(
            client: client, path: ClusterPart(.adapters, scope).path, selector: ""
          ) { [self] event in
            if case .failed(let error) = event, error.status == 403 { warnAboutAdapters(error) }
            if state.withLock({ $0.apply(event, in: scope, at: .wall) }) { changes.raise() }
          }.run()
        }
      }
      tasks.addTask { [self] in
        var areMissing = false
        while !areMissing, !Task.isCancelled {
          try? await Task.sleep(for: Self.discovery)
          areMissing = await self.areAdaptersMissing()
        }
      }
      await tasks.next()
      tasks.cancelAll()
    }
  }

  private func areAdaptersMissing() async -> Bool {
    do {
      _ = try await client().get(ClusterPart.Resource.adapters.group)
      return false
    } catch {
      return (error as? KubeError)?.status == 404
    }
  }

  private func warnAboutAdapters(_ error: KubeError) {
    warnOnce("ModelAdapters cannot be listed: adapters that are not loaded yet are not known", error)
  }
}

/// The lookups of engines that a complete part omits.
extension KubernetesSource {
  /// Looks up the engines that the fleet waits for, a few at a time.
  private func lookUp() async {
    await withDiscardingTaskGroup { group in
      var alarm: ContinuousClock.Instant?
      for await _ in lookups.raised {
        let now = ContinuousClock.now
        if let passed = alarm, passed <= now { alarm = nil }
        while let engine = state.withLock({ $0.lookups.start(at: now) }) {
          group.addTask { await self.lookUp(engine) }
        }
        guard let wake = state.withLock({ $0.lookups.wake(after: now) }), alarm.map({ wake < $0 }) ?? true else {
          continue
        }
        alarm = wake
        group.addTask {
          try? await Task.sleep(until: wake, clock: .continuous)
          self.lookups.raise()
        }
      }
      group.cancelAll()
    }
  }

  private func lookUp(_ engine: OmittedEngine) async {
    let result = await ObjectLookup(client: client, prefix: settings.prefix).result(for: engine)
    guard !Task.isCancelled else { return }
    if case .forbidden(let error) = result {
      warnOnce("single objects cannot be read: what a list omits is believed later", error)
    }
    if state.withLock({ $0.resolve(engine, result, at: .wall, up: .now) }) { changes.raise() }
    lookups.raise()
  }
}

extension Timestamp {
  fileprivate static var wall: Timestamp {
    Timestamp(microseconds: Int64((Date.now.timeIntervalSince1970 * 1_000_000).rounded(.down)))
  }
}

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
  private let contexts = TLSContextCache()
  /// The namespaces to watch; a single empty text: all.
  private let scopes: [String]
  /// The time that an answer waits for further changes.
  private static let gathering: Duration = .milliseconds(50)
  /// The time between two checks whether AIBrix is installed.
  private static let discovery: Duration = .seconds(120)

  /// Throws `EngineSpecError` when the settings give no access to the cluster.
  package init(_ settings: KubernetesSettings, logger: Logger) throws(EngineSpecError) {
    let id = SourceID(.kubernetes, settings.name)
    self.id = id
    self.settings = settings
    self.logger = logger
    scopes = settings.namespaces.isEmpty ? [""] : settings.namespaces
    state = Mutex(ClusterState(settings, source: id))
    do {
      _ = try settings.access()
    } catch {
      throw EngineSpecError("no access to Kubernetes: \(error.description)")
    }
  }

  package func run(_ delegate: any SourceDelegate) async {
    await withDiscardingTaskGroup { group in
      for scope in scopes {
        group.addTask { await self.followPods(scope) }
        group.addTask { await self.followDeployments(scope) }
        group.addTask { await self.followAdapters(scope) }
      }
      for await _ in changes.raised {
        try? await Task.sleep(for: Self.gathering)
        guard !Task.isCancelled else { break }
        report(to: delegate)
      }
      group.cancelAll()
    }
  }

  private func report(to delegate: any SourceDelegate) {
    let (answer, failure, mistakes) = state.withLock { state in
      defer { state.mistakes = [] }
      let answer = state.isSynced(in: scopes) ? state.answer(at: .wall) : nil
      return (answer, state.failure, state.mistakes)
    }
    for mistake in mistakes.sorted() { logger.warning("a pod cannot be an engine", metadata: ["reason": "\(mistake)"]) }
    if let answer {
      delegate.received(answer)
    } else if let failure {
      delegate.failed(source: id, reason: failure)
    }
  }

  private func client() throws -> KubeClient {
    KubeClient(access: try settings.access(), contexts: contexts)
  }

  private func path(_ group: String, _ scope: String, _ resource: String) -> String {
    scope.isEmpty ? "\(group)/\(resource)" : "\(group)/namespaces/\(scope)/\(resource)"
  }

  private func followPods(_ scope: String) async {
    await Reflector<KubePod>(
      client: client, path: path("/api/v1", scope, "pods"), selector: settings.selector.text
    ) { [self] event in
      if state.withLock({ $0.apply(event, in: scope, at: .wall) }) { changes.raise() }
    }.run()
  }

  /// Follows all Deployments, without a selector: the selector of the settings applies to pods, and so to the pod
  /// templates of Deployments.
  private func followDeployments(_ scope: String) async {
    let isLogged = Atomic(false)
    await Reflector<KubeDeployment>(
      client: client, path: path("/apis/apps/v1", scope, "deployments"), selector: ""
    ) { [self] event in
      if case .failed(let error) = event, [403, 404].contains(error.status),
        !isLogged.exchange(true, ordering: .relaxed)
      {
        logger.warning(
          "Deployments cannot be listed: workloads that are scaled to zero are not known",
          metadata: ["source": "\(id)", "reason": "\(error)"])
      }
      if state.withLock({ $0.apply(event, in: scope) }) { changes.raise() }
    }.run()
  }

  /// Follows AIBrix' adapters while AIBrix is installed in the cluster.
  private func followAdapters(_ scope: String) async {
    let group = "/apis/model.aibrix.ai/v1alpha1"
    while !Task.isCancelled {
      let isThere = (try? await client().get(group)) != nil
      if isThere {
        await withTaskGroup { tasks in
          tasks.addTask { [self] in
            await Reflector<KubeAdapter>(
              client: client, path: path(group, scope, "modeladapters"), selector: ""
            ) { [self] event in
              if state.withLock({ $0.apply(event, in: scope, at: .wall) }) { changes.raise() }
            }.run()
          }
          tasks.addTask { [self] in
            var isGone = false
            while !isGone, !Task.isCancelled {
              try? await Task.sleep(for: Self.discovery)
              isGone = await self.isGone(group)
            }
          }
          await tasks.next()
          tasks.cancelAll()
        }
        guard !Task.isCancelled else { return }
        state.withLock { $0.forgetAdapters() }
        changes.raise()
      }
      try? await Task.sleep(for: Self.discovery)
    }
  }

  private func isGone(_ group: String) async -> Bool {
    do {
      _ = try await client().get(group)
      return false
    } catch {
      return (error as? KubeError)?.status == 404
    }
  }
}

extension Timestamp {
  fileprivate static var wall: Timestamp {
    Timestamp(microseconds: Int64((Date.now.timeIntervalSince1970 * 1_000_000).rounded(.down)))
  }
}

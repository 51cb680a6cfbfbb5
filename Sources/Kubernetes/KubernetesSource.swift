import Catalog
package import Fleet
import FoundationEssentials
package import Logging
import Synchronization

/// Pods of one Kubernetes cluster as engines: those that a label selector takes, with the Deployments behind them and
/// AIBrix' adapters. Needs `get`, `list` and `watch` alone.
package final class KubernetesSource: EngineSource {
  package let id: SourceID
  private let settings: KubernetesSettings
  private let logger: Logger
  private let world: Mutex<KubeWorld>
  private let news = Signal()
  /// Namespaces, or the empty text for all.
  private let scopes: [String]
  /// Between two answers: what comes together is told together.
  private static let gathering: Duration = .milliseconds(50)
  /// Between two looks whether AIBrix is installed.
  private static let discovery: Duration = .seconds(120)

  /// Throws `EngineSpecError` when there is no way to ask the cluster.
  package init(_ settings: KubernetesSettings, logger: Logger) throws(EngineSpecError) {
    let id = SourceID(.kubernetes, settings.name)
    self.id = id
    self.settings = settings
    self.logger = logger
    scopes = settings.namespaces.isEmpty ? [""] : settings.namespaces
    world = Mutex(KubeWorld(settings, source: id))
    do {
      _ = try settings.access()
    } catch {
      throw EngineSpecError("Kubernetes cannot be asked: \(error.description)")
    }
  }

  package func run(_ delegate: any SourceDelegate) async {
    await withDiscardingTaskGroup { group in
      for scope in scopes {
        group.addTask { await self.followPods(scope) }
        group.addTask { await self.followDeployments(scope) }
        group.addTask { await self.followAdapters(scope) }
      }
      for await _ in news.raised {
        try? await Task.sleep(for: Self.gathering)
        guard !Task.isCancelled else { break }
        speak(to: delegate)
      }
      group.cancelAll()
    }
  }

  private func speak(to delegate: any SourceDelegate) {
    let (answer, outage, mistakes) = world.withLock { world in
      defer { world.mistakes = [] }
      let answer = world.hasSpoken(of: scopes) ? world.answer(at: .wall) : nil
      return (answer, world.outage, world.mistakes)
    }
    for mistake in mistakes.sorted() { logger.warning("a pod cannot be an engine", metadata: ["reason": "\(mistake)"]) }
    if let answer {
      delegate.received(answer)
    } else if let outage {
      delegate.failed(source: id, reason: outage)
    }
  }

  private func client() throws -> KubeClient {
    KubeClient(access: try settings.access())
  }

  private func path(_ group: String, _ scope: String, _ resource: String) -> String {
    scope.isEmpty ? "\(group)/\(resource)" : "\(group)/namespaces/\(scope)/\(resource)"
  }

  private func followPods(_ scope: String) async {
    await Reflector<KubePod>(
      client: client, path: path("/api/v1", scope, "pods"), selector: settings.selector.text
    ) { [self] news in
      if world.withLock({ $0.take(news, in: scope, at: .wall) }) { self.news.raise() }
    }.run()
  }

  /// All of them: the selector is for pods, and so for what Deployments make.
  private func followDeployments(_ scope: String) async {
    let isTold = Atomic(false)
    await Reflector<KubeDeployment>(
      client: client, path: path("/apis/apps/v1", scope, "deployments"), selector: ""
    ) { [self] news in
      if case .failed(let error) = news, [403, 404].contains(error.status),
        !isTold.exchange(true, ordering: .relaxed)
      {
        logger.warning(
          "Deployments cannot be asked for: what is scaled to zero is not known",
          metadata: ["source": "\(id)", "reason": "\(error)"])
      }
      if world.withLock({ $0.take(news, in: scope) }) { self.news.raise() }
    }.run()
  }

  /// Where AIBrix is installed, for as long as it is.
  private func followAdapters(_ scope: String) async {
    let group = "/apis/model.aibrix.ai/v1alpha1"
    while !Task.isCancelled {
      let isThere = (try? await client().get(group)) != nil
      if isThere {
        await withTaskGroup { tasks in
          tasks.addTask { [self] in
            await Reflector<KubeAdapter>(
              client: client, path: path(group, scope, "modeladapters"), selector: ""
            ) { [self] news in
              if world.withLock({ $0.take(news, in: scope, at: .wall) }) { self.news.raise() }
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
        world.withLock { $0.forgetAdapters() }
        news.raise()
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

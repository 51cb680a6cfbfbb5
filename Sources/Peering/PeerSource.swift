import Catalog
package import Fleet
import GRPC
import Synchronization
import Transport
import Wire

/// The source that takes the engines of another Rollcall from its public `WatchModels`: across clusters, each Rollcall
/// is a source for others.
///
/// While the peer cannot be reached, its engines stay as last reported. A health check every few seconds finds an
/// outage, because a watch alone may bring no event for half a minute.
package final class PeerSource: EngineSource {
  private let settings: PeerSettings
  private let home: String
  private let interval: Duration
  private let timeout: Duration
  private let mirror: Mutex<PeerMirror>
  private let changes = Signal()
  /// The time of the last event of the watch.
  private let lastEvent = Mutex(ContinuousClock.now)
  /// The shortest and the longest pause between two answers: changes that arrive together are reported together, and an
  /// answer of thousands of engines takes a while.
  private static let gathering: ClosedRange<Duration> = .milliseconds(50) ... .seconds(1)
  private static let patience: Duration = .seconds(75)
  private static let readingsInterval: Duration = .seconds(5)

  /// `home` is this server's own cluster. The source checks the peer's health at the interval of `probes`.
  package init(_ settings: PeerSettings, home: String, probes: ProbeSettings) {
    self.settings = settings
    self.home = home
    interval = probes.interval
    timeout = probes.timeout
    mirror = Mutex(PeerMirror(cluster: settings.cluster, home: home))
  }

  package var id: SourceID { settings.id }

  package func run(_ delegate: any SourceDelegate) async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.follow(delegate) }
      var took = Duration.zero
      for await _ in changes.raised {
        try? await Task.sleep(for: min(max(Self.gathering.lowerBound, took * 4), Self.gathering.upperBound))
        guard !Task.isCancelled else { break }
        took = ContinuousClock().measure {
          // Under the lock, so that the delegate receives no answer after the failure that made it void.
          mirror.withLock { mirror in
            if mirror.isSynced { delegate.received(mirror.answer(from: id)) }
          }
        }
      }
      group.cancelAll()
    }
  }

  private func follow(_ delegate: any SourceDelegate) async {
    var pause = Duration.milliseconds(250)
    while !Task.isCancelled {
      do {
        try await watch { pause = .milliseconds(250) }
      } catch {
        guard !Task.isCancelled else { return }
        mirror.withLock { mirror in
          mirror.begin()
          delegate.failed(source: id, reason: (error as? Status)?.message ?? "\(error)")
        }
      }
      try? await Task.sleep(for: pause * Double.random(in: 0.8...1.2))
      pause = min(pause * 2, max(interval, .seconds(1)))
    }
  }

  /// Connects to the peer and watches its models until the connection ends. Throws the reason.
  private func watch(synced: () -> Void) async throws {
    var configuration = ClientConfiguration()
    configuration.tls = settings.tls
    let connection = try await GRPCConnection.connect(
      host: settings.host, port: settings.port, configuration: configuration)
    do {
      try await check(connection)
      var request = WatchRequest()
      request.view = .full
      request.readingsInterval = Self.readingsInterval
      request.startRevision = mirror.withLock { mirror in
        mirror.begin()
        return mirror.revision
      }
      lastEvent.withLock { $0 = .now }
      let stream = try await CatalogClient(connection).watch(request)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { [self] in
          while let event = try await stream.next() {
            lastEvent.withLock { $0 = .now }
            if mirror.withLock({ $0.take(event) }) { changes.raise() }
          }
          throw Status(.unavailable, "the watch ended")
        }
        group.addTask { [self] in
          while true {
            try await Task.sleep(for: interval)
            do { try await check(connection) } catch let error as Status where error.code == .deadlineExceeded {
              // A single check may be lost.
              try await check(connection)
            }
            // A server sends an event on a watch at least every 30 s.
            if lastEvent.withLock({ .now - $0 }) > Self.patience {
              throw Status(.unavailable, "its watch has sent nothing for too long")
            }
          }
        }
        defer {
          group.cancelAll()
          stream.cancel()
        }
        try await group.next()
      }
    } catch {
      if mirror.withLock({ $0.isSynced }) { synced() }
      await connection.close()
      throw error
    }
    await connection.close()
  }

  /// Throws when the peer does not answer, or belongs to another cluster than that of the settings.
  private func check(_ connection: GRPCConnection) async throws {
    let cluster = try await HealthClient(connection).cluster(timeout: timeout)
    guard cluster == settings.cluster else {
      let problem =
        cluster.map { "says that its cluster is '\($0)'" }
        ?? "does not say which cluster it is: start it with --cluster"
      throw Status(.failedPrecondition, "it \(problem)")
    }
  }
}

internal import Catalog
internal import Logging
internal import ServiceLifecycle

/// Has the catalog do every 30 seconds, and once at the end, what the passing of time asks for, and tells how the store
/// does. One that fails is tried every 5 seconds, whether or not there is something to write.
struct HousekeepingService: Service {
  private static let rounds = 30
  private static let roundsOfFailure = 5

  let catalog: ModelCatalog
  /// How long models that are gone are remembered.
  let remember: Duration
  let logger: Logger

  func run() async {
    await cancelWhenGracefulShutdown {
      var watch = StoreWatch()
      var second = 0
      while (try? await Task.sleep(for: .seconds(1))) != nil {
        second += 1
        if second % (catalog.storeFailure == nil ? Self.rounds : Self.roundsOfFailure) == 0 { await keep() }
        if let finding = watch.look(catalog.storeFailure, at: .now) { logger.log(finding) }
      }
    }
    // Whoever observes has stopped by now: this is the last word of it.
    await keep()
  }

  private func keep() async {
    do {
      try await catalog.housekeep(at: .now, remember: remember)
    } catch {
      // A store that fails is told of once.
      if catalog.storeFailure == nil { logger.error("housekeeping failed", metadata: ["error": "\(error)"]) }
    }
  }
}

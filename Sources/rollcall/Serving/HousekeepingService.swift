internal import Catalog
internal import Logging
internal import ServiceLifecycle

/// Runs the catalog's housekeeping every 30 seconds and once at the end. While the store fails, the service tries it
/// every 5 seconds, even without a change to write.
struct HousekeepingService: Service {
  private static let rounds = 30
  private static let roundsOfFailure = 5

  let catalog: ModelCatalog
  /// How long the catalog remembers a model that no engine serves.
  let remember: Duration
  let logger: Logger

  func run() async {
    await cancelWhenGracefulShutdown {
      var second = 0
      while (try? await Task.sleep(for: .seconds(1))) != nil {
        second += 1
        if second % (catalog.storeFailure == nil ? Self.rounds : Self.roundsOfFailure) == 0 { await keep() }
      }
    }
    // The probes have stopped by now, so this is the last write.
    await keep()
  }

  private func keep() async {
    do {
      try await catalog.housekeep(at: .now, remember: remember)
    } catch {
      // StoreWatch logs the failures of the store.
      if catalog.storeFailure == nil { logger.error("housekeeping failed", metadata: ["error": "\(error)"]) }
    }
  }
}

internal import Catalog
internal import Logging
internal import ServiceLifecycle

/// Lets the catalog watch over its store twice a second, and logs when the store fails and recovers.
struct StoreService: Service {
  private static let interval = Duration.milliseconds(500)

  let catalog: ModelCatalog
  let logger: Logger

  func run() async {
    await cancelWhenGracefulShutdown {
      var watch = StoreWatch()
      while (try? await Task.sleep(for: Self.interval)) != nil {
        catalog.superviseStore(now: .now, at: .now)
        if let finding = watch.observe(catalog.storeFailure, at: .now) { logger.log(finding) }
      }
    }
  }
}

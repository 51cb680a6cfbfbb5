internal import Catalog
internal import Logging
internal import Storage
internal import Wire

/// The open store of a server, from which its catalog is loaded.
struct OpenStore {
  let place: StorePlace
  let store: any Store
  /// Closes the store. Blocks the thread.
  private let end: @Sendable () throws(StoreError) -> Void

  /// Opens the store. Throws `CommandError`. Blocks the thread.
  init(_ place: StorePlace, logger: Logger) throws {
    self.place = place
    switch place {
    case .memory:
      store = MemoryStore(epoch: Timestamp.now.microseconds)
      end = {}
    case .directory(let path):
      do {
        let sqlite = try SQLiteStore.open(directory: path, now: { Timestamp.now }, logger: logger)
        store = sqlite
        end = { () throws(StoreError) in try sqlite.close() }
      } catch {
        throw CommandError("\(error)")
      }
    }
  }

  /// Loads the catalog. Throws `CommandError`.
  func load(_ settings: ServeSettings, logger: Logger) async throws -> ModelCatalog {
    let limits = HistoryLimits(
      events: settings.historyChanges, bytes: settings.historySize, age: settings.history)
    let start = ContinuousClock.now
    let catalog: ModelCatalog
    do {
      catalog = try await ModelCatalog.open(
        store: store, codec: StorageCodec(), encoder: WireModelEncoder(), history: limits,
        gathering: settings.commitDelay, now: .now)
    } catch CatalogError.brokenRecord(let key) {
      throw CommandError(
        "\(place) holds a record that this version cannot read (\(Formatted.text(String(decoding: key, as: UTF8.self)))): "
          + "restore a backup, or move the directory away to begin anew")
    } catch StoreError.unavailable(let reason) {
      throw CommandError("the store in \(place) cannot be used: \(reason)")
    } catch {
      throw CommandError("cannot read \(place): \(error)")
    }
    let view = catalog.view
    logger.info(
      "loaded",
      metadata: [
        "data": "\(place)", "revision": "\(view.head)", "models": "\(view.snapshot.count)",
        "engines": "\(catalog.engines().count)", "changes": "\(view.history.count)",
        "took": "\(start.duration(to: .now))",
      ])
    return catalog
  }

  /// Closes the store. The caller calls it last.
  func close(_ logger: Logger) {
    do {
      try end()
    } catch {
      logger.error("the store is not closed properly", metadata: ["error": "\(error)"])
    }
  }
}

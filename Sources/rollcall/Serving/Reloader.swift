internal import Fleet
internal import Logging
internal import Sources
internal import Synchronization

/// Applies an edited configuration to a running server.
final class Reloader: Sendable {
  private let settings: Mutex<ServeSettings>
  private let fleet: FleetMonitor
  private let logger: Logger
  private let read: @Sendable () throws -> ServeSettings
  private let prepare: @Sendable (ServeSettings) throws -> @Sendable () async -> Void

  /// `prepare` makes the sources of new settings, or throws. The function that it returns starts them.
  init(
    settings: ServeSettings, fleet: FleetMonitor, logger: Logger, read: @escaping @Sendable () throws -> ServeSettings,
    prepare: @escaping @Sendable (ServeSettings) throws -> @Sendable () async -> Void
  ) {
    self.settings = Mutex(settings)
    self.fleet = fleet
    self.logger = logger
    self.read = read
    self.prepare = prepare
  }

  /// Reads the configuration again. An invalid file changes nothing. From a valid file the server takes the engines and
  /// the sources; the other settings wait for the next start.
  func reload() async {
    do {
      let new = try read()
      let old = settings.withLock { $0 }
      // A file may be empty for a moment while an editor writes it.
      guard new.statesEngines || (old.engines.isEmpty && !new.sources.isEmpty) else {
        throw CommandError("the file names no engines: write 'engines: []' if that is meant")
      }
      let putToWork = try prepare(new)
      fleet.received(try StaticSource(new.engines).answer)
      await putToWork()
      let changes = SettingsChange(from: old, to: new)
      settings.withLock { settings in
        settings.engines = new.engines
        settings.sources = new.sources.of(cluster: old.sources.cluster)
      }
      logger.info(
        "configuration is reloaded",
        metadata: [
          "engines": "\(new.engines.count)", "added": "\(changes.added)", "removed": "\(changes.removed)",
          "changed": "\(changes.changed)", "sources": "\(new.sources.count)",
        ])
      if changes.needsRestart {
        logger.warning("settings other than engines and their sources are changed: they are taken at the next start")
      }
    } catch {
      logger.error("configuration is refused, the old one stays", metadata: ["error": "\(error)"])
    }
  }
}

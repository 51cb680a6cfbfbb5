internal import Discovery
internal import Logging
internal import Synchronization

/// Brings an edited configuration into a running server.
final class Reloader: Sendable {
  private let settings: Mutex<ServeSettings>
  private let fleet: Fleet
  private let logger: Logger
  private let read: @Sendable () throws -> ServeSettings

  init(
    settings: ServeSettings, fleet: Fleet, logger: Logger, read: @escaping @Sendable () throws -> ServeSettings
  ) {
    self.settings = Mutex(settings)
    self.fleet = fleet
    self.logger = logger
    self.read = read
  }

  /// A bad file changes nothing. Of a good one the engines are taken; the rest waits for the next start.
  func reload() {
    do {
      let new = try read()
      // A file that is being written may be empty for a moment.
      guard new.saysEngines else {
        throw CommandError("the file names no engines: write 'engines: []' if that is meant")
      }
      fleet.hear(try StaticSource(new.engines).answer)
      let old = settings.withLock { settings in
        defer { settings.engines = new.engines }
        return settings
      }
      let changes = SettingsChange(from: old, to: new)
      logger.info(
        "configuration is reloaded",
        metadata: [
          "engines": "\(new.engines.count)", "added": "\(changes.added)", "removed": "\(changes.removed)",
          "changed": "\(changes.changed)",
        ])
      if changes.needsRestart {
        logger.warning("settings other than engines are changed: they are taken at the next start")
      }
    } catch {
      logger.error("configuration is refused, the old one stays", metadata: ["error": "\(error)"])
    }
  }
}

internal import Discovery
internal import Logging

extension SourceSettings {
  /// Everything that finds engines but the command line and the configuration file. Throws `CommandError` for what cannot
  /// be used as it is.
  func sources(logger: Logger) throws -> [any EngineSource] {
    []
  }
}

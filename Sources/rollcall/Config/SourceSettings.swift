internal import Discovery

/// Where engines are found beside those that are named; nil and empty where nothing is said.
struct SourceSettings: Equatable {
  var cluster: String?

  /// What the command line says, else the file; sources of both are joined. Throws `CommandError` for what cannot be
  /// together.
  static func joined(_ commandLine: SourceSettings, _ file: SourceSettings) throws -> SourceSettings {
    var joined = SourceSettings()
    joined.cluster = commandLine.cluster ?? file.cluster
    return joined
  }

  /// Throws `CommandError`.
  static func checkCluster(_ text: String) throws -> String {
    guard !text.isEmpty, EngineSpec.isClusterName(text) else {
      throw CommandError("the cluster '\(text)' must be 1 to 63 of a-z, 0-9, '-', '.' and '_'")
    }
    return text
  }
}
